// The rules of a PAG in the order and form of causal-learn 0.1.4 (its FCI.py). The order matters if the tests of a
// sample contradict each other. Arrowheads may replace arrowheads. These rules differ from Zhang (2008): R4 makes tests
// along the path, and R5 orients edges while it searches. R8 reads pairs in one order only, R9 knows only one path to
// each node, and R10 accepts any path.

import { ARROW, CIRCLE, isAdjacent, isDirected, neighbours, setEdge, TAIL, type CausalGraph } from '../causal-graph.js';
import {
  discriminatingPaths,
  isUncovered,
  leads,
  mayCause,
  mayPoint,
  nodesWith,
  putArrow,
  type Answers,
} from './causal-learn-paths.js';
import { isArrow, isCircle, markAt } from './pag-rules.js';

/** Applies R1 to R10 in place until none changes anything. */
export function orientAsCausalLearn(graph: CausalGraph, answers: Answers): void {
  let isChanged = true;
  while (isChanged) {
    isChanged = [awayAndTransitive(graph), kite(graph, answers)].includes(true);
    if (isChanged) discriminatingPaths(graph, answers);
    for (const rule of [
      circlePaths,
      tailsBesideUndirected,
      tailsBesideTails,
      tailsOfChains,
      tailsOfPaths,
      tailsOfTwoPaths,
    ]) {
      isChanged = rule(graph) || isChanged;
    }
  }
}

/** Yields all pairs of items, in the order of the items. */
function* pairs(items: readonly number[]): Generator<[number, number]> {
  for (const [i, first] of items.entries()) {
    for (const second of items.slice(i + 1)) yield [first, second];
  }
}

/** R1 and R2, in both directions, around each node in sequence. */
function awayAndTransitive(graph: CausalGraph): boolean {
  let isChanged = false;
  const away = (a: number, b: number, c: number): void => {
    if (isAdjacent(graph, a, c) || !isArrow(graph, a, b) || !isCircle(graph, c, b) || !mayPoint(graph, b, c)) return;
    setEdge(graph, b, c, TAIL, ARROW);
    isChanged = true;
  };
  const transitive = (a: number, b: number, c: number): void => {
    if (!isCircle(graph, a, c) || !isArrow(graph, a, b) || !isArrow(graph, b, c)) return;
    if (markAt(graph, b, a) !== TAIL && markAt(graph, c, b) !== TAIL) return;
    putArrow(graph, a, c);
    isChanged = true;
  };
  for (const b of graph.variables.keys()) {
    for (const [a, c] of pairs(neighbours(graph, b))) {
      away(a, b, c);
      away(c, b, a);
      transitive(a, b, c);
      transitive(c, b, a);
    }
  }
  return isChanged;
}

/** R3, with the condition that l is in the separating set of the two sides. */
function kite(graph: CausalGraph, { separator }: Answers): boolean {
  let isChanged = false;
  for (const j of graph.variables.keys()) {
    const sides = nodesWith(graph, j, ARROW);
    for (const l of nodesWith(graph, j, CIRCLE)) {
      for (const [i, k] of pairs(sides)) {
        if (isAdjacent(graph, i, k) || separator(i, k)?.includes(l) !== true) continue;
        if (!isCircle(graph, i, l) || !isCircle(graph, k, l) || !mayPoint(graph, l, j)) continue;
        putArrow(graph, l, j);
        isChanged = true;
      }
    }
  }
  return isChanged;
}

/** R8, only for i before k: i → j → k or i –o j → k, and i o→ k. */
function tailsOfChains(graph: CausalGraph): boolean {
  let isChanged = false;
  for (const j of graph.variables.keys()) {
    for (const [i, k] of pairs(neighbours(graph, j))) {
      const isChain = markAt(graph, j, i) === TAIL && !(markAt(graph, i, j) === TAIL) && isDirected(graph, j, k);
      if (!isChain || !isOpenTail(graph, i, k)) continue;
      setEdge(graph, i, k, TAIL, ARROW);
      isChanged = true;
    }
  }
  return isChanged;
}

/** True for i o→ k. */
function isOpenTail(graph: CausalGraph, i: number, k: number): boolean {
  return isArrow(graph, i, k) && isCircle(graph, k, i);
}

/** R9 by a breadth-first search that visits each node once and tests only at the end if the path is uncovered. */
function tailsOfPaths(graph: CausalGraph): boolean {
  let isChanged = false;
  for (const k of graph.variables.keys()) {
    for (const i of nodesWith(graph, k, ARROW)) {
      if (!isCircle(graph, k, i)) continue;
      const starts = mayCause(graph, i).filter((j) => j !== k && !isAdjacent(graph, j, k));
      if (!starts.some((j) => isUncovered(graph, firstPath(graph, [i, j], k)))) continue;
      setEdge(graph, i, k, TAIL, ARROW);
      isChanged = true;
    }
  }
  return isChanged;
}

/** Returns the first path that a breadth-first search finds from `start` to `end` over edges that may be directed. */
function firstPath(graph: CausalGraph, start: readonly number[], end: number): readonly number[] | undefined {
  const seen = new Set(start);
  const open = [start];
  for (const path of open) {
    const node = path[path.length - 1];
    if (node === end) return path;
    for (const next of mayCause(graph, node)) {
      if (seen.has(next) || markAt(graph, node, next) === TAIL) continue;
      seen.add(next);
      open.push([...path, next]);
    }
  }
  return undefined;
}

/** R10 with paths that need not be uncovered. The nodes next to i are taken in ascending order. */
function tailsOfTwoPaths(graph: CausalGraph): boolean {
  let isChanged = false;
  for (const k of graph.variables.keys()) {
    const into = nodesWith(graph, k, ARROW);
    for (const i of into.filter((node) => isCircle(graph, k, node))) {
      const first = mayCause(graph, i).filter((node) => node !== k);
      for (const [j, l] of pairs(into)) {
        if (!isDirected(graph, j, k) || !isDirected(graph, l, k)) continue;
        const hasPaths = [...pairs(first)].some(
          ([mu, omega]) => !isAdjacent(graph, mu, omega) && leads(graph, mu, j) && leads(graph, omega, l),
        );
        if (!hasPaths) continue;
        setEdge(graph, i, k, TAIL, ARROW);
        isChanged = true;
      }
    }
  }
  return isChanged;
}

function isOpen(graph: CausalGraph, i: number, j: number): boolean {
  return isCircle(graph, i, j) && isCircle(graph, j, i);
}

/** R5: a o–o b, and an uncovered path of o–o around it. R5 to R7 put tails where selection bias is possible. */
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
