// The random causal graphs of the simulations (METHOD section 9): every modality but the first is linked one to one with an
// earlier one; further edges are optional. Edges run from earlier to later modalities.

import type { RandomStream } from './random.js';

export interface GraphSize {
  readonly modalities: number;
  /** Latents of each modality. */
  readonly latents: number;
}

export interface GraphOptions {
  /** Probability of each further cross-modality edge. */
  readonly extraEdges: number;
  /** Cross-modality edges in all: further ones are drawn until there are as many. */
  readonly crossEdges: number | undefined;
  /** Whether a latent may depend on an earlier one of its own modality, each with probability 0.5. */
  readonly withinEdges: boolean;
}

/**
 * Draw a graph.
 *
 * @returns D × D, row-major, D = modalities · latents: 1 where the column's latent is a parent of the row's
 */
export function drawGraph(random: RandomStream, { modalities, latents }: GraphSize, options: GraphOptions): Int8Array {
  const size = modalities * latents;
  const adjacency = new Int8Array(size * size);
  const link = (child: number, parent: number) => (adjacency[child * size + parent] = 1);
  for (let m = 1; m < modalities; m++) {
    const source = random.below(m);
    for (const [i, j] of random.permutation(latents).entries()) link(m * latents + i, source * latents + j);
  }
  const free = freeCrossPairs(adjacency, { modalities, latents });
  if (options.crossEdges !== undefined) {
    const wanted = options.crossEdges - (modalities - 1) * latents;
    for (const pair of random.permutation(free.length).slice(0, wanted)) link(...free[pair]);
  } else for (const [child, parent] of free) if (random.uniform() < options.extraEdges) link(child, parent);

  if (options.withinEdges)
    for (let child = 0; child < size; child++)
      for (let parent = child - (child % latents); parent < child; parent++)
        if (random.uniform() < 0.5) link(child, parent);
  return adjacency;
}

/** Cross-modality edges that a graph can have at most. */
export function possibleCrossEdges({ modalities, latents }: GraphSize): number {
  return (latents * latents * modalities * (modalities - 1)) / 2;
}

function freeCrossPairs(adjacency: Int8Array, { modalities, latents }: GraphSize): [number, number][] {
  const size = modalities * latents;
  const pairs: [number, number][] = [];
  for (let child = latents; child < size; child++)
    for (let parent = 0; parent < child - (child % latents); parent++)
      if (adjacency[child * size + parent] === 0) pairs.push([child, parent]);
  return pairs;
}
