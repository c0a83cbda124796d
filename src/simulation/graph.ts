// Draws the random causal graphs of simulations (METHOD sections 4 and 9). Every modality except the first is linked
// one to one with an earlier one; further edges and cycles are optional. A block has the latents of one modality that
// are not shared. Shared latents are the first block. Without cycles, edges run from earlier to later blocks.

import type { RandomStream } from '../random/random-stream.js';

/**
 * Effects of shared latents, one to one: `nothing`, the latents of the `first` modality, or those of the `second`. With
 * `second`, modalities form a chain, each linked with the previous one.
 */
export type SharedEffects = 'nothing' | 'first' | 'second';

export interface GraphSize {
  readonly modalities: number;
  /** Number of latents of each modality that are not shared. */
  readonly latents: number;
  /** Block of shared latents, before the modalities. */
  readonly shared?: { readonly latents: number; readonly cause: SharedEffects };
  /** `chain`: each modality is linked with the previous one. Default: with any earlier one. */
  readonly links?: 'chain';
  /** `chain`: in every modality, each latent causes the next one. */
  readonly within?: 'chain';
}

/** Number of exogenous variables of every simulated modality. */
export const EXOGENOUS = 1;

export const CYCLES = ['none', 'within', 'across'] as const;
export type Cycles = (typeof CYCLES)[number];

export interface GraphOptions {
  /** Probability of each further cross-modality edge. */
  readonly extraEdges: number;
  /** Total number of cross-modality edges. Further ones are drawn until it is reached. */
  readonly crossEdges: number | undefined;
  /** If true, a latent depends on each earlier latent of its modality with probability 0.5. */
  readonly withinEdges: boolean;
  /**
   * `within`: a ring through the latents of every modality. `across`: one link of each linked pair of blocks has both
   * directions.
   */
  readonly cycles: Cycles;
}

/** Returns the number of latents of each block, a shared block first. */
function blockWidths({ modalities, latents, shared }: GraphSize): number[] {
  return [...(shared ? [shared.latents] : []), ...new Array<number>(modalities).fill(latents)];
}

/**
 * Draws a graph. Modalities are linked to earlier modalities, never only to shared latents, so that all latents
 * influence another modality or are influenced by one (Theorem 4.2).
 *
 * @returns D × D, row-major, D latents of all blocks: 1 where the column's latent is a parent of the row's
 */
export function drawGraph(random: RandomStream, size: GraphSize, options: GraphOptions): Int8Array {
  const { modalities, latents, shared } = size;
  const blocks = blocksOf(size);
  const width = blocks.length;
  const adjacency = new Int8Array(width * width);
  const link = (child: number, parent: number) => (adjacency[child * width + parent] = 1);
  const firstOf = (m: number) => (shared?.latents ?? 0) + m * latents;
  const links: [number, number][][] = [];
  for (let m = 1; m < modalities; m++) {
    const source = shared?.cause === 'second' || size.links === 'chain' ? m - 1 : random.below(m);
    links.push(
      Array.from(random.permutation(latents), (j, i): [number, number] => [firstOf(m) + i, firstOf(source) + j]),
    );
  }
  if (shared && shared.cause !== 'nothing') {
    const effects = firstOf(shared.cause === 'first' ? 0 : 1);
    links.push(Array.from(random.permutation(latents), (j, i): [number, number] => [effects + j, i]));
  }
  for (const pair of links.flat()) link(...pair);
  const candidates = freeCrossPairs(adjacency, blocks);
  if (options.crossEdges !== undefined) {
    const wanted = options.crossEdges - linkedEdges(size);
    for (const pair of random.permutation(candidates.length).slice(0, wanted)) link(...candidates[pair]);
  } else {
    for (const [child, parent] of candidates) if (random.uniform() < options.extraEdges) link(child, parent);
  }

  const unshared = Array.from({ length: modalities * latents }, (_, i) => firstOf(0) + i);
  if (size.within === 'chain') {
    for (const child of unshared) if (blocks[child] === blocks[child - 1]) link(child, child - 1);
  }
  if (options.withinEdges) {
    for (const child of unshared) {
      for (let parent = blocks.indexOf(blocks[child]); parent < child; parent++) {
        if (random.uniform() < 0.5) link(child, parent);
      }
    }
  }

  if (options.cycles === 'within') {
    for (const child of unshared) {
      const start = blocks.indexOf(blocks[child]);
      link(child, start + ((child - start + latents - 1) % latents));
    }
  }
  if (options.cycles === 'across') {
    for (const pairs of links) {
      const [child, parent] = pairs[random.below(latents)];
      link(parent, child);
    }
  }
  return adjacency;
}

/** Returns the number of edges of the one-to-one links. */
export function linkedEdges({ modalities, latents, shared }: GraphSize): number {
  return (modalities - 1 + (shared && shared.cause !== 'nothing' ? 1 : 0)) * latents;
}

/** Returns the maximum number of cross-modality edges of a graph without cycles. */
export function possibleCrossEdges(size: GraphSize): number {
  const widths = blockWidths(size);
  const all = widths.reduce((sum, width) => sum + width, 0);
  return widths.reduce((pairs, width) => pairs - width * width, all * all) / 2;
}

/** Returns the block of each latent. */
export function blocksOf(size: GraphSize): number[] {
  return blockWidths(size).flatMap((width, block) => new Array<number>(width).fill(block));
}

/**
 * Returns strongly connected components, causes before effects. Latents that cause each other are in one list; every
 * other latent has its list.
 * @param adjacency size × size, row child, column parent
 */
export function causalComponents(adjacency: ArrayLike<number>, size: number): number[][] {
  const reaches = Array.from({ length: size }, (_, child) =>
    Array.from({ length: size }, (_, parent) => child === parent || adjacency[child * size + parent] !== 0),
  );
  for (let via = 0; via < size; via++) {
    for (let child = 0; child < size; child++) {
      if (reaches[child][via]) for (let top = 0; top < size; top++) reaches[child][top] ||= reaches[via][top];
    }
  }
  const ancestors = reaches.map((row) => row.filter(Boolean).length);
  const first = (i: number) => reaches[i].findIndex((reached, j) => reached && reaches[j][i]);
  const components = new Map<number, number[]>();
  for (let i = 0; i < size; i++) components.set(first(i), [...(components.get(first(i)) ?? []), i]);
  // An ancestor outside the component has strictly fewer ancestors.
  return [...components.values()].sort((a, b) => ancestors[a[0]] - ancestors[b[0]]);
}

function freeCrossPairs(adjacency: Int8Array, blocks: readonly number[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (const [child, block] of blocks.entries()) {
    for (let parent = 0; blocks[parent] < block; parent++) {
      if (adjacency[child * blocks.length + parent] === 0) pairs.push([child, parent]);
    }
  }
  return pairs;
}

/** Returns the position in the causal blocks of each latent of each modality, in the order of the study. */
export function sourcesOf(order: readonly number[], size: GraphSize): number[] {
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
export function observedGraph(adjacency: Int8Array, sources: readonly number[], size: GraphSize): Int8Array {
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
