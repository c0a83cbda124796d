// Possible-D-SEP as causal-learn 0.1.4 searches it: edge after edge, each taken out at once; the nodes that it comes to
// depend on its order, and of the sets of one size the first is not tested.

import { ARROW, isAdjacent, neighbours, removeEdge, type CausalGraph } from '../../causal-graph.js';
import { markAt } from '../pag-rules.js';
import { refuseTooMany } from '../colliders.js';
import { combinations } from '../subsets.js';
import { leads } from './marks.js';

/** An edge that is taken out: from its end without an arrowhead, or the earlier one. */
export interface TakenOut {
  readonly x: number;
  readonly y: number;
  readonly given: readonly number[];
}

type IsIndependent = (x: number, y: number, given: readonly number[]) => boolean;

/**
 * Takes out of `graph` every edge whose ends some set separates.
 * @param largest most variables of a set
 * @throws InputError `too-many-subsets`
 */
export function takeOutByPossible(graph: CausalGraph, largest: number, isIndependent: IsIndependent): TakenOut[] {
  const taken: TakenOut[] = [];
  for (const [x, y] of edgesOf(graph)) {
    const given = firstSet(graph, [x, y], largest, isIndependent) ?? firstSet(graph, [y, x], largest, isIndependent);
    if (given === undefined) continue;
    removeEdge(graph, x, y);
    taken.push({ x, y, given });
  }
  return taken;
}

/** Edges by their ends, a sole arrowhead last. */
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
  largest: number,
  isIndependent: IsIndependent,
): readonly number[] | undefined {
  const names = graph.variables.map(({ name }) => name);
  const possible = possibleFrom(graph, x, y).sort((a, b) => (names[a] < names[b] ? 1 : -1));
  refuseTooMany(graph, x, possible.length, largest);
  for (let size = 2; size <= Math.min(possible.length, largest); size++) {
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
  const found = new Set(around);
  const before = new Map<number, Set<number>>([[x, new Set(around)]]);
  const seen = new Set(around.map((node) => `${x},${node}`));
  const open = around.map((node): [number, number] => [x, node]);
  const isArrow = (from: number, to: number) => isAdjacent(graph, from, to) && markAt(graph, from, to) === ARROW;
  for (const [a, b] of open) {
    const isPossible = [...(before.get(b) ?? [])].some(
      (r) => r !== b && r !== x && (leads(graph, r, x) || leads(graph, r, b)),
    );
    if (isPossible) found.add(b);
    for (const c of neighbours(graph, b)) {
      if (c === a || c === x || c === y) continue;
      before.set(c, (before.get(c) ?? new Set()).add(b));
      if (!(isArrow(a, b) && isArrow(c, b)) && !isAdjacent(graph, a, c)) continue;
      // The step goes on from a, and not from b.
      if (seen.has(`${a},${c}`)) continue;
      seen.add(`${a},${c}`);
      open.push([a, c]);
    }
  }
  found.delete(x);
  found.delete(y);
  return [...found];
}
