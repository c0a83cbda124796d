// Variables that explain each other's associations. A set explains a pair only if each of its variables can be reached
// from both ends over supported links (in the manner of consistent separating sets; Li, Cabeli, Sella & Isambert 2019).
// Otherwise a variable of the set may only be a proxy of one end. Example: a cause acts on what two modalities share.
// The latent of each modality then explains the other one's association with the cause, and the cause would have no
// link. The search can still support a link with at least one of the two.

interface Pair {
  readonly x: number;
  readonly y: number;
}

/**
 * A variable has a direct link with at least one of a group. Given one member, least is left of the association with
 * another one, so the data do not show which member is linked.
 */
export interface OneOf {
  readonly from: number;
  readonly to: readonly number[];
  /** Corrected for the number of links and of the others (Bonferroni). */
  readonly q: number;
}

export type Adjacency = (x: number, y: number) => boolean;

/**
 * Returns whether every variable of a set lies between x and y: it can be reached from either end without passing the
 * other one.
 * @param count variables of the graph
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

/** Returns for each variable the groups of others that stand in the sets which leave least of each other's link. */
export function mutualGroups(
  links: readonly (Pair & { readonly given: readonly number[] })[],
): Pick<OneOf, 'from' | 'to'>[] {
  const givenOf = new Map<number, Map<number, readonly number[]>>();
  for (const { x, y, given } of links) {
    for (const [from, to] of [
      [x, y],
      [y, x],
    ]) {
      givenOf.set(from, (givenOf.get(from) ?? new Map<number, readonly number[]>()).set(to, given));
    }
  }
  return [...givenOf].flatMap(([from, explanations]) => {
    const others = [...explanations.keys()];
    const isMutual = (a: number, b: number): boolean =>
      explanations.get(a)!.includes(b) && explanations.get(b)!.includes(a);
    const groups = new Map(others.map((one) => reachable(one, others, isMutual)).map((to) => [to.join(), to]));
    return [...groups.values()].filter((to) => to.length > 1).map((to) => ({ from, to }));
  });
}

/** Returns whether a pair may be the link of a variable with a group. */
export function isPossibility({ x, y }: Pair, { from, to }: Pick<OneOf, 'from' | 'to'>): boolean {
  return (from === x && to.includes(y)) || (from === y && to.includes(x));
}

/** Returns what can be reached from a variable through some others, itself included, ascending. */
function reachable(from: number, through: readonly number[], isAdjacent: Adjacency): number[] {
  const seen = new Set([from]);
  // Grows while it is walked through.
  for (const at of seen) for (const next of through) if (isAdjacent(at, next)) seen.add(next);
  return [...seen].sort((a, b) => a - b);
}
