// Arranges latents and graph by modality in the order of the study. The shared block is repeated after the latents of
// every modality.

import type { SimulatedCase } from './cases.js';

/** Returns the position in the causal blocks of each latent of each modality, in the order of the study. */
export function sourcesOf(order: readonly number[], size: SimulatedCase): number[] {
  const shared = size.shared?.latents ?? 0;
  const from = (start: number, count: number) => Array.from({ length: count }, (_, i) => start + i);
  return order.flatMap((place) => [...from(shared + place * size.latents, size.latents), ...from(0, shared)]);
}

/** Returns subjects × sources. @param z subjects × latents of the blocks, a shared block first */
export function observedLatents(z: Float64Array, sources: readonly number[], subjects: number): Float64Array {
  const width = z.length / subjects;
  const observed = new Float64Array(subjects * sources.length);
  for (let row = 0; row < subjects; row++) {
    for (const [at, source] of sources.entries()) observed[row * sources.length + at] = z[row * width + source];
  }
  return observed;
}

/** Returns the graph of the sources. A shared latent acts through its copy in the modality of the effect. */
export function observedGraph(adjacency: Int8Array, sources: readonly number[], size: SimulatedCase): Int8Array {
  const shared = size.shared?.latents ?? 0;
  const width = shared + size.modalities * size.latents;
  const latents = size.latents + shared;
  const isEdge = (child: number, parent: number) => {
    const sameModality = Math.floor(child / latents) === Math.floor(parent / latents);
    const isShared = sources[child] < shared || sources[parent] < shared;
    return isShared && !sameModality ? 0 : adjacency[sources[child] * width + sources[parent]];
  };
  return Int8Array.from({ length: sources.length ** 2 }, (_, at) =>
    isEdge(Math.floor(at / sources.length), at % sources.length),
  );
}
