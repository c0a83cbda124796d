// Variables that explain each other's associations. A set explains a pair only if each of its variables can be reached
// from both ends over supported links (in the manner of consistent separating sets; Li, Cabeli, Sella & Isambert 2019).
// Otherwise a variable of the set may be only a proxy of one end. Example: a cause acts on a factor that two modalities
// share. The latent of each modality then explains the association of the other one with the cause, and the cause would
// have no link. The search can still support a link with at least one of the two.

interface Pair {
  readonly x: number;
  readonly y: number;
}

/**
 * A variable has a direct link with at least one of a group. Conditioning on one member removes most of the association
 * with another one, so the data do not show which member is linked.
 */
export interface OneOf {
  readonly from: number;
  readonly to: readonly number[];
  /** p corrected for the number of links and of members of the group (Bonferroni). */
  readonly q: number;
}

export type Adjacency = (x: number, y: number) => boolean;

/**
 * True if every variable of a set lies between x and y: it can be reached from either end without passing the other.
 * @param count number of variables in the graph
 */
export function liesBetween(set: readonly number[], { x, y }: Pair, isAdjacent: Adjacency, count: number): boolean {
  const reached = [
    { from: x, without: y },
    { from: y, without: x },
  ].map(({ from, without }) => {
    const through = [...Array(count).keys()].filter((one) => one !== without);
    return new Set(reachable(from, through, isAdjacent));
  });
  return set.every((variable) => reached.every((ofEnd) => ofEnd.has(variable)));
}

/** Returns for each variable the groups of other variables whose conditioning sets contain each other. */
export function mutualGroups(
  links: readonly (Pair & { readonly conditioning: readonly number[] })[],
): Pick<OneOf, 'from' | 'to'>[] {
  const explanationsOf = new Map<number, Map<number, readonly number[]>>();
  for (const { x, y, conditioning } of links) {
    for (const [from, to] of [
      [x, y],
      [y, x],
    ]) {
      explanationsOf.set(
        from,
        (explanationsOf.get(from) ?? new Map<number, readonly number[]>()).set(to, conditioning),
      );
    }
  }
  return [...explanationsOf].flatMap(([from, explanations]) => {
    const ends = [...explanations.keys()];
    const isMutual = (a: number, b: number): boolean =>
      explanations.get(a)!.includes(b) && explanations.get(b)!.includes(a);
    const groups = new Map(ends.map((one) => reachable(one, ends, isMutual)).map((to) => [to.join(), to]));
    return [...groups.values()].filter((to) => to.length > 1).map((to) => ({ from, to }));
  });
}

/** True if a pair may be the link of a variable with a group. */
export function isPossibility({ x, y }: Pair, { from, to }: Pick<OneOf, 'from' | 'to'>): boolean {
  return (from === x && to.includes(y)) || (from === y && to.includes(x));
}

/** Returns the variables that can be reached from one variable through some variables, including itself, ascending. */
function reachable(from: number, through: readonly number[], isAdjacent: Adjacency): number[] {
  const seen = new Set([from]);
  // The set grows during the iteration.
  for (const at of seen) for (const next of through) if (isAdjacent(at, next)) seen.add(next);
  return [...seen].sort((a, b) => a - b);
}
