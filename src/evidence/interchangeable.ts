// Variables that explain each other's associations. A set explains a pair only if paths of supported links lead through
// each of its variables (consistent separating sets; Li, Cabeli, Sella & Isambert 2019). Otherwise it stands for an
// end of the pair: a cause of what two modalities share goes with the latent of either, each latent explains the other
// one's share, and the cause would end up without any link. That it is linked with one of them can still be supported.

import type { LinkReason } from '../causal/discovery/link-figures.js';

interface Pair {
  readonly x: number;
  readonly y: number;
}

/**
 * A variable is directly linked with at least one of several others. Each of these explains its association with the
 * others of them, so that nothing tells which.
 */
export interface OneOf {
  readonly from: number;
  readonly to: readonly number[];
  /** Corrected for the number of links and of the others (Bonferroni). */
  readonly q: number;
}

type Adjacency = (x: number, y: number) => boolean;

/**
 * Returns whether every variable of a set lies between x and y: it can be reached from either end without passing the
 * other one.
 * @param count variables of the graph
 */
export function liesBetween(set: readonly number[], { x, y }: Pair, isAdjacent: Adjacency, count: number): boolean {
  const all = [...Array(count).keys()];
  const fromX = new Set(
    reachable(
      x,
      all.filter((one) => one !== y),
      isAdjacent,
    ),
  );
  const fromY = new Set(
    reachable(
      y,
      all.filter((one) => one !== x),
      isAdjacent,
    ),
  );
  return set.every((variable) => fromX.has(variable) && fromY.has(variable));
}

/** Returns for each variable the groups of others that explain each other's association with it. */
export function interchangeableGroups(
  links: readonly (Pair & { readonly reason?: LinkReason | undefined; readonly given: readonly number[] })[],
): Pick<OneOf, 'from' | 'to'>[] {
  const givenOf = new Map<number, Map<number, readonly number[]>>();
  for (const { x, y, reason, given } of links) {
    if (reason !== 'interchangeable') continue;
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

/** Returns whether a pair is one possibility of several. */
export function isPossibility({ x, y }: Pair, { from, to }: OneOf): boolean {
  return (from === x && to.includes(y)) || (from === y && to.includes(x));
}

/** Returns what can be reached from a variable through some others, itself included, ascending. */
function reachable(from: number, through: readonly number[], isAdjacent: Adjacency): number[] {
  const seen = new Set([from]);
  // Grows while it is walked through.
  for (const at of seen) for (const next of through) if (isAdjacent(at, next)) seen.add(next);
  return [...seen].sort((a, b) => a - b);
}
