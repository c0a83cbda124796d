// R5 to R7 (Zhang 2008), which put tails where selection bias is possible, as in causal-learn 0.1.4. It searches for a
// path while it orients the earlier ones, and its search visits each node once.

import { CIRCLE, isAdjacent, neighbours, setEdge, TAIL, type CausalGraph } from '../../causal-graph.js';
import { markAt } from '../pag-rules.js';
import { isCircle, isUncovered, nodesWith } from './marks.js';

export const selectionRules = [circlePaths, tailsBesideUndirected, tailsBesideTails];

function isOpen(graph: CausalGraph, i: number, j: number): boolean {
  return isCircle(graph, i, j) && isCircle(graph, j, i);
}

/** R5: a o–o b, and an uncovered path of o–o around it. */
function circlePaths(graph: CausalGraph): boolean {
  let isChanged = false;
  for (const b of graph.variables.keys()) {
    for (const a of nodesWith(graph, b, CIRCLE)) {
      if (!isCircle(graph, b, a)) continue;
      const [nextToA, nextToB] = [
        [a, b],
        [b, a],
      ].map(([node, other]) =>
        neighbours(graph, node).filter((c) => c !== other && isOpen(graph, node, c) && !isAdjacent(graph, other, c)),
      );
      const candidates = nextToA.flatMap((c) => nextToB.map((d) => pathsOfCircles(graph, [c, d], [a, b])));
      for (const paths of candidates) {
        for (const path of paths) {
          isChanged = true;
          const round = [a, ...path, b, a];
          for (let i = 1; i < round.length; i++) setEdge(graph, round[i - 1], round[i], TAIL, TAIL);
        }
      }
    }
  }
  return isChanged;
}

function* pathsOfCircles(
  graph: CausalGraph,
  [from, to]: readonly [number, number],
  excluded: readonly number[],
): Generator<readonly number[]> {
  const around = (node: number) =>
    neighbours(graph, node).filter((next) => isOpen(graph, node, next) && !excluded.includes(next));
  const seen = new Set<number>();
  const open: (readonly number[])[] = [];
  const extend = (path: readonly number[]): void => {
    for (const next of around(path[path.length - 1])) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push([...path, next]);
    }
  };
  extend([from]);
  for (const path of open) {
    if (path[path.length - 1] === to && isUncovered(graph, path)) yield path;
    extend(path);
  }
}

/** R6: a – b o–* c: b –* c. */
function tailsBesideUndirected(graph: CausalGraph): boolean {
  let isChanged = false;
  for (const b of graph.variables.keys()) {
    if (!nodesWith(graph, b, TAIL).some((a) => markAt(graph, b, a) === TAIL)) continue;
    for (const c of nodesWith(graph, b, CIRCLE)) {
      putTail(graph, c, b);
      isChanged = true;
    }
  }
  return isChanged;
}

/** R7: a –o b o–* c, a and c not adjacent: b –* c. */
function tailsBesideTails(graph: CausalGraph): boolean {
  let isChanged = false;
  for (const b of graph.variables.keys()) {
    const open = nodesWith(graph, b, CIRCLE);
    const tails = open.filter((a) => markAt(graph, b, a) === TAIL);
    for (const c of open) {
      if (!tails.some((a) => a !== c && !isAdjacent(graph, a, c))) continue;
      putTail(graph, c, b);
      isChanged = true;
    }
  }
  return isChanged;
}

function putTail(graph: CausalGraph, from: number, to: number): void {
  graph.marks[to * graph.variables.length + from] = TAIL;
}
