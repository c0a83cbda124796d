// Checks Condition 4.3 on a graph: does every mixing inside a modality add an edge between modalities? Tries all
// mixings that replace one latent zₐ by h(zₐ, z_b). Mechanisms are assumed to be generic: an edge that only special
// mechanisms and noises hide, such as linear Gaussian ones, counts as visible.

/** A graph over the latents of all blocks. A block has the latents that the same modalities observe. */
export interface BlockGraph {
  /** D × D: row child, column parent; an edge is not 0. */
  readonly adjacency: ArrayLike<number>;
  /** Block of each latent. */
  readonly blocks: readonly number[];
  /** Modalities that observe each latent. */
  readonly observers: readonly (readonly number[])[];
}

/**
 * `holds`: every mixing adds an edge between modalities. `priced`: some mixing adds an edge only inside its modality.
 * `fails`: some mixing adds no edge at all, so that nothing distinguishes it from the truth.
 */
export const SPARSITY_CONDITIONS = ['holds', 'priced', 'fails'] as const;
export type SparsityCondition = (typeof SPARSITY_CONDITIONS)[number];

/** Returns the weakest verdict over all pairs of latents that one modality observes. */
export function sparsityCondition(graph: BlockGraph): SparsityCondition {
  const latents = [...graph.blocks.keys()];
  return weakest(latents.flatMap((a) => latents.map((b) => pairCondition(graph, a, b))));
}

/** Returns the weaker verdict of replacing zₐ by h(zₐ, z_b), and z_b by h(z_b, zₐ); `holds` if no modality has both. */
export function pairCondition(graph: BlockGraph, a: number, b: number): SparsityCondition {
  const pairs = [
    [a, b],
    [b, a],
  ] as const;
  return weakest(pairs.flatMap(([from, into]) => (mixes(graph, from, into) ? [judge(graph, from, into)] : [])));
}

function weakest(verdicts: readonly SparsityCondition[]): SparsityCondition {
  return verdicts.includes('fails') ? 'fails' : verdicts.includes('priced') ? 'priced' : 'holds';
}

/** True if h(zₐ, z_b) can replace zₐ: every modality that observes zₐ observes z_b too. */
function mixes({ observers }: BlockGraph, a: number, b: number): boolean {
  return a !== b && observers[a].every((modality) => observers[b].includes(modality));
}

function judge(graph: BlockGraph, a: number, b: number): SparsityCondition {
  if (addedEdges(graph, a, b) > 0) return 'holds';
  // If only zₐ is replaced, b keeps its distribution and causes h. If both may change, h needs no edge from b.
  if (isParent(graph, b, a)) return 'fails';
  return mixes(graph, b, a) && addedEdges(graph, b, a) <= 0 ? 'fails' : 'priced';
}

/** Returns the number of edges between blocks that replacing zₐ by h(zₐ, z_b) adds, minus those that it removes. */
function addedEdges(graph: BlockGraph, a: number, b: number): number {
  const { blocks } = graph;
  const rest = [...blocks.keys()].filter((i) => i !== a && i !== b);
  const crosses = (parent: number, child: number): boolean => blocks[parent] !== blocks[child];
  // After the mixing, the effects of zₐ depend on z_b too.
  const effects = rest.filter((c) => isParent(graph, a, c) && !isParent(graph, b, c) && crosses(b, c)).length;
  if (isParent(graph, b, a)) {
    // Given b, no other cause is needed. If b is the only parent, h can be the noise of zₐ, which b does not cause.
    const isOnly = !rest.some((p) => isParent(graph, p, a));
    return effects - (isOnly && crosses(b, a) ? 1 : 0);
  }
  const causes = rest.filter((p) => isParent(graph, p, b) && !isParent(graph, p, a) && crosses(p, a)).length;
  return effects + causes + (crosses(b, a) ? 1 : 0);
}

function isParent({ adjacency, blocks }: BlockGraph, parent: number, child: number): boolean {
  return adjacency[child * blocks.length + parent] !== 0;
}
