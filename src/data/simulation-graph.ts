// The random causal graphs of the simulations (METHOD sections 4 and 9): every block of latents but the first is linked one
// to one with an earlier one; further edges and cycles are optional. A block is a modality's own latents; where modalities
// share latents, those are the first block. Without cycles edges run from earlier to later blocks.

import type { RandomStream } from '../random/random-stream.js';

export interface GraphSize {
  readonly modalities: number;
  /** Latents of each modality. */
  readonly latents: number;
  /** Whether a block of shared latents, as many as each modality's own, stands before the modalities. */
  readonly shared?: boolean;
}

export const CYCLES = ['none', 'within', 'across'] as const;
export type Cycles = (typeof CYCLES)[number];

export interface GraphOptions {
  /** Probability of each further cross-modality edge. */
  readonly extraEdges: number;
  /** Cross-modality edges in all: further ones are drawn until there are as many. */
  readonly crossEdges: number | undefined;
  /** Whether a latent may depend on an earlier one of its own modality, each with probability 0.5. */
  readonly withinEdges: boolean;
  /** `within`: a ring through the latents of every modality; `across`: one link of each linked pair of blocks runs both ways. */
  readonly cycles: Cycles;
}

export function blockCount({ modalities, shared = false }: GraphSize): number {
  return modalities + (shared ? 1 : 0);
}

/**
 * Draw a graph. A shared block causes the first modality alone; the others are linked to earlier modalities, so that every
 * modality's own latents influence another modality (Theorem 4.2).
 *
 * @returns D × D, row-major, D = blocks · latents: 1 where the column's latent is a parent of the row's
 */
export function drawGraph(random: RandomStream, size: GraphSize, options: GraphOptions): Int8Array {
  const { latents, shared = false } = size;
  const blocks = blockCount(size);
  const width = blocks * latents;
  const adjacency = new Int8Array(width * width);
  const link = (child: number, parent: number) => (adjacency[child * width + parent] = 1);
  const links: [number, number][][] = [];
  for (let block = 1; block < blocks; block++) {
    const first = shared && block > 1 ? 1 : 0;
    const source = first + random.below(block - first);
    links.push(
      Array.from(random.permutation(latents), (j, i): [number, number] => [block * latents + i, source * latents + j]),
    );
    for (const pair of links[block - 1]) link(...pair);
  }
  const free = freeCrossPairs(adjacency, blocks, latents);
  if (options.crossEdges !== undefined) {
    const wanted = options.crossEdges - (blocks - 1) * latents;
    for (const pair of random.permutation(free.length).slice(0, wanted)) link(...free[pair]);
  } else for (const [child, parent] of free) if (random.uniform() < options.extraEdges) link(child, parent);

  if (options.withinEdges)
    for (let child = 0; child < width; child++)
      for (let parent = child - (child % latents); parent < child; parent++)
        if (random.uniform() < 0.5) link(child, parent);

  if (options.cycles === 'within')
    for (let child = 0; child < width; child++) {
      const start = child - (child % latents);
      link(child, start + ((child - start + latents - 1) % latents));
    }
  if (options.cycles === 'across')
    for (const pairs of links) {
      const [child, parent] = pairs[random.below(latents)];
      link(parent, child);
    }
  return adjacency;
}

/** Cross-modality edges that a graph without cycles can have at most. */
export function possibleCrossEdges(size: GraphSize): number {
  const blocks = blockCount(size);
  return (size.latents * size.latents * blocks * (blocks - 1)) / 2;
}

/**
 * Strongly connected components, causes before effects: latents that cause each other stand in one list, all others alone.
 * @param adjacency size × size, row child, column parent
 */
export function causalComponents(adjacency: ArrayLike<number>, size: number): number[][] {
  const reaches = Array.from({ length: size }, (_, child) =>
    Array.from({ length: size }, (_, parent) => child === parent || adjacency[child * size + parent] !== 0),
  );
  for (let via = 0; via < size; via++)
    for (let child = 0; child < size; child++)
      if (reaches[child][via]) for (let top = 0; top < size; top++) reaches[child][top] ||= reaches[via][top];
  const ancestors = reaches.map((row) => row.filter(Boolean).length);
  const first = (i: number) => reaches[i].findIndex((reached, j) => reached && reaches[j][i]);
  const components = new Map<number, number[]>();
  for (let i = 0; i < size; i++) components.set(first(i), [...(components.get(first(i)) ?? []), i]);
  // An ancestor outside the component has strictly fewer ancestors.
  return [...components.values()].sort((a, b) => ancestors[a[0]] - ancestors[b[0]]);
}

function freeCrossPairs(adjacency: Int8Array, blocks: number, latents: number): [number, number][] {
  const size = blocks * latents;
  const pairs: [number, number][] = [];
  for (let child = latents; child < size; child++)
    for (let parent = 0; parent < child - (child % latents); parent++)
      if (adjacency[child * size + parent] === 0) pairs.push([child, parent]);
  return pairs;
}
