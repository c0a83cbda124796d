// Possible-D-SEP as in causal-learn 0.1.4. It goes through the edges in sequence and removes each immediately, so the
// nodes that it reaches depend on the order. If there are several sets of one size, it does not test the first of them.

import { ARROW, isAdjacent, neighbours, removeEdge, type CausalGraph } from '../causal-graph.js';
import { markAt } from './pag-rules.js';
import { refuseTooMany } from './colliders.js';
import { combinations } from './subsets.js';
import { leads } from './causal-learn-paths.js';

/** A removed edge, from its end without an arrowhead, otherwise from the earlier end. */
export interface RemovedEdge {
  readonly x: number;
  readonly y: number;
  readonly conditioning: readonly number[];
}

type IsIndependent = (x: number, y: number, conditioning: readonly number[]) => boolean;

/**
 * Removes from `graph` every edge whose ends are separated by some set.
 * @param maxSize maximum number of variables in a set
 * @throws InputError `too-many-subsets`
 */
export function removeByPossible(graph: CausalGraph, maxSize: number, isIndependent: IsIndependent): RemovedEdge[] {
  const removed: RemovedEdge[] = [];
  for (const [x, y] of edgesOf(graph)) {
    const conditioning =
      firstSet(graph, [x, y], maxSize, isIndependent) ?? firstSet(graph, [y, x], maxSize, isIndependent);
    if (conditioning === undefined) continue;
    removeEdge(graph, x, y);
    removed.push({ x, y, conditioning });
  }
  return removed;
}

/** Returns the edges in the order of their ends. If only one end has an arrowhead, it comes last. */
function edgesOf(graph: CausalGraph): [number, number][] {
  return graph.variables.flatMap((_, i) =>
    neighbours(graph, i).flatMap((j): [number, number][] => {
      if (j < i) return [];
      return markAt(graph, j, i) === ARROW && markAt(graph, i, j) !== ARROW ? [[j, i]] : [[i, j]];
    }),
  );
}

function firstSet(
  graph: CausalGraph,
  [x, y]: readonly [number, number],
  maxSize: number,
  isIndependent: IsIndependent,
): readonly number[] | undefined {
  const names = graph.variables.map(({ name }) => name);
  const possible = possibleFrom(graph, x, y).sort((a, b) => (names[a] < names[b] ? 1 : -1));
  refuseTooMany(graph, x, possible.length, maxSize);
  for (let size = 2; size <= Math.min(possible.length, maxSize); size++) {
    const sets = [...combinations(possible, size)];
    for (const set of sets.slice(sets.length > 1 ? 1 : 0)) {
      if ([x, y].some((end) => set.every((node) => isAdjacent(graph, end, node)))) continue;
      if (isIndependent(x, y, set)) return set;
    }
  }
  return undefined;
}

function possibleFrom(graph: CausalGraph, x: number, y: number): number[] {
  const around = neighbours(graph, x).filter((node) => node !== y);
  const possible = new Set(around);
  const before = new Map<number, Set<number>>([[x, new Set(around)]]);
  const seen = new Set(around.map((node) => `${x},${node}`));
  const open = around.map((node): [number, number] => [x, node]);
  const isArrow = (from: number, to: number) => isAdjacent(graph, from, to) && markAt(graph, from, to) === ARROW;
  for (const [a, b] of open) {
    const isPossible = [...(before.get(b) ?? [])].some(
      (r) => r !== b && r !== x && (leads(graph, r, x) || leads(graph, r, b)),
    );
    if (isPossible) possible.add(b);
    for (const c of neighbours(graph, b)) {
      if (c === a || c === x || c === y) continue;
      before.set(c, (before.get(c) ?? new Set()).add(b));
      if (!(isArrow(a, b) && isArrow(c, b)) && !isAdjacent(graph, a, c)) continue;
      // As in causal-learn, the next step starts at a and not at b.
      if (seen.has(`${a},${c}`)) continue;
      seen.add(`${a},${c}`);
      open.push([a, c]);
    }
  }
  possible.delete(x);
  possible.delete(y);
  return [...possible];
}
