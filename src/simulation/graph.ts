// Draws the random causal graphs of simulations (METHOD sections 4 and 9). Every modality except the first is linked
// one to one with an earlier one; further edges and cycles are optional. A block has the latents that the same
// modalities observe. Shared blocks are the first ones. Without cycles, edges run from earlier to later blocks.

import { RandomStream } from '../random/random-stream.js';

/**
 * Effects of shared latents, one to one: `nothing`, the latents of the `first` modality, or those of the `second`. With
 * `second`, modalities form a chain, each linked with the previous one.
 */
export type SharedEffects = 'nothing' | 'first' | 'second';

export interface GraphSize {
  readonly modalities: number;
  /** Number of latents of each modality without those of `shared`. */
  readonly latents: number;
  /** Block of shared latents, before the modalities. */
  readonly shared?: { readonly latents: number; readonly cause: SharedEffects };
  /**
   * Modalities, from 0 in causal order, that have one latent in common, for each such latent. It is one of the
   * `latents` of these modalities. Modalities form a chain of their other latents.
   */
  readonly sharing?: readonly (readonly number[])[];
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

interface LatentBlock {
  readonly latents: number;
  /** Modalities that observe the latents, from 0 in causal order. */
  readonly modalities: readonly number[];
}

/** Returns the shared blocks, then the private block of each modality, which can be empty. */
function latentBlocks({ modalities, latents, shared, sharing = [] }: GraphSize): LatentBlock[] {
  const all = Array.from({ length: modalities }, (_, m) => m);
  return [
    ...(shared ? [{ latents: shared.latents, modalities: all }] : []),
    ...sharing.map((set) => ({ latents: 1, modalities: set })),
    ...all.map((m) => ({ latents: latents - sharing.filter((set) => set.includes(m)).length, modalities: [m] })),
  ];
}

/** Returns the number of shared latents, which are the first ones. */
function sharedCount({ shared, sharing = [] }: GraphSize): number {
  return (shared?.latents ?? 0) + sharing.length;
}

/** Returns the modalities that observe each latent. */
export function observersOf(size: GraphSize): (readonly number[])[] {
  return latentBlocks(size).flatMap(({ latents, modalities }) =>
    new Array<readonly number[]>(latents).fill(modalities),
  );
}

/**
 * Draws a graph. Modalities are linked to earlier modalities, never only to shared latents, so that all latents
 * influence another modality or are influenced by one (Theorem 4.2).
 *
 * @returns D × D, row-major, D latents of all blocks: 1 where the column's latent is a parent of the row's
 */
export function drawGraph(random: RandomStream, size: GraphSize, options: GraphOptions): Int8Array {
  const blocks = blocksOf(size);
  const width = blocks.length;
  const adjacency = new Int8Array(width * width);
  const link = (child: number, parent: number) => (adjacency[child * width + parent] = 1);
  const links = size.sharing ? partialLinks(random, size) : oneToOneLinks(random, size);
  for (const pair of links.flat()) link(...pair);
  const first = sharedCount(size);
  const candidates = freeCrossPairs(adjacency, blocks, first);
  if (options.crossEdges !== undefined) {
    const wanted = options.crossEdges - linkedEdges(size);
    for (const pair of random.permutation(candidates.length).slice(0, wanted)) link(...candidates[pair]);
  } else {
    for (const [child, parent] of candidates) if (random.uniform() < options.extraEdges) link(child, parent);
  }

  const unshared = [...blocks.keys()].slice(first);
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
      const count = blocks.lastIndexOf(blocks[child]) + 1 - start;
      link(child, start + ((child - start + count - 1) % count));
    }
  }
  if (options.cycles === 'across') {
    for (const pairs of links) {
      const [child, parent] = pairs[random.below(pairs.length)];
      link(parent, child);
    }
  }
  return adjacency;
}

/** Child and parent. */
type Link = readonly [child: number, parent: number];

/** Links each modality one to one with an earlier one, and the shared block with one modality. */
function oneToOneLinks(random: RandomStream, size: GraphSize): Link[][] {
  const { modalities, latents, shared } = size;
  const firstOf = (m: number) => sharedCount(size) + m * latents;
  const links: Link[][] = [];
  for (let m = 1; m < modalities; m++) {
    const source = shared?.cause === 'second' || size.links === 'chain' ? m - 1 : random.below(m);
    links.push(Array.from(random.permutation(latents), (j, i): Link => [firstOf(m) + i, firstOf(source) + j]));
  }
  if (shared && shared.cause !== 'nothing') {
    const effects = firstOf(shared.cause === 'first' ? 0 : 1);
    links.push(Array.from(random.permutation(latents), (j, i): Link => [effects + j, i]));
  }
  return links;
}

/**
 * Links the private latents of each modality one to one with those of the previous modality that has some. Each latent
 * that some modality lacks causes one private latent of such a modality, one without a link if possible.
 */
function partialLinks(random: RandomStream, size: GraphSize): Link[][] {
  const blocks = blocksOf(size);
  const shared = sharedCount(size);
  const privates = latentBlocks(size)
    .slice(shared)
    .map((_, m) => [...blocks.keys()].filter((latent) => blocks[latent] === shared + m));
  const links: Link[][] = [];
  let previous: readonly number[] = [];
  for (const latents of privates) {
    if (latents.length === 0) continue;
    const children = Array.from(random.permutation(latents.length), (i) => latents[i]);
    const parents = Array.from(random.permutation(previous.length), (i) => previous[i]);
    if (parents.length > 0) links.push(children.slice(0, parents.length).map((child, i): Link => [child, parents[i]]));
    previous = latents;
  }
  for (const [latent, set] of (size.sharing ?? []).entries()) {
    const effects = privates.flatMap((latents, m) => (set.includes(m) ? [] : latents));
    const linked = new Set(links.flat(2));
    const child = effects.find((effect) => !linked.has(effect)) ?? effects.at(0);
    if (child !== undefined) links.push([[child, latent]]);
  }
  return links;
}

/** Returns the number of edges of the one-to-one links. */
export function linkedEdges(size: GraphSize): number {
  const { modalities, latents, shared, sharing } = size;
  if (sharing) return partialLinks(new RandomStream(0, 0), size).flat().length;
  return (modalities - 1 + (shared && shared.cause !== 'nothing' ? 1 : 0)) * latents;
}

/** Returns the maximum number of cross-modality edges of a graph without cycles. */
export function possibleCrossEdges(size: GraphSize): number {
  const blocks = blocksOf(size);
  return freeCrossPairs(new Int8Array(blocks.length ** 2), blocks, sharedCount(size)).length;
}

/** Returns the block of each latent. */
export function blocksOf(size: GraphSize): number[] {
  return latentBlocks(size).flatMap(({ latents }, block) => new Array<number>(latents).fill(block));
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

/** Nothing causes the shared latents, which are the first ones. */
function freeCrossPairs(adjacency: Int8Array, blocks: readonly number[], shared: number): Link[] {
  const pairs: Link[] = [];
  for (const [child, block] of blocks.entries()) {
    if (child < shared) continue;
    for (let parent = 0; blocks[parent] < block; parent++) {
      if (adjacency[child * blocks.length + parent] === 0) pairs.push([child, parent]);
    }
  }
  return pairs;
}

/**
 * Returns the position in the causal blocks of each latent of each modality, in the order of the study. The shared
 * latents of a modality come last.
 */
export function sourcesOf(order: readonly number[], size: GraphSize): number[] {
  const shared = sharedCount(size);
  const observers = observersOf(size);
  return order.flatMap((place) => {
    const observed = [...observers.keys()].filter((latent) => observers[latent].includes(place));
    return [...observed.filter((latent) => latent >= shared), ...observed.filter((latent) => latent < shared)];
  });
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

/**
 * Returns the graph of the sources. A shared latent acts through its copy in the modality of the effect, or through its
 * first copy if that modality has none.
 */
export function observedGraph(adjacency: Int8Array, sources: readonly number[], size: GraphSize): Int8Array {
  const shared = sharedCount(size);
  const width = Math.sqrt(adjacency.length);
  const latents = sources.length / size.modalities;
  const modalityOf = (latent: number) => Math.floor(latent / latents);
  const isEdge = (child: number, parent: number) => {
    const edge = adjacency[sources[child] * width + sources[parent]];
    if (sources[parent] >= shared || modalityOf(child) === modalityOf(parent)) return edge;
    const hasCopy = sources.some((source, i) => source === sources[parent] && modalityOf(i) === modalityOf(child));
    return hasCopy || sources.indexOf(sources[parent]) !== parent ? 0 : edge;
  };
  return Int8Array.from({ length: sources.length ** 2 }, (_, at) =>
    isEdge(Math.floor(at / sources.length), at % sources.length),
  );
}
