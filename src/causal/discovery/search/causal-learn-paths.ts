// Marks and paths of a PAG for the rules of causal-learn 0.1.4, and its R4. R4 searches a path that discriminates b
// backwards from a. Before it uses the set that separated the ends of the path, it makes two tests: given the path with
// b and without b.

import { ARROW, CIRCLE, isAdjacent, isDirected, neighbours, TAIL, type CausalGraph } from '../causal-graph.js';
import { isArrow, markAt, type Separator } from './pag-rules.js';

/** Independences that the search knows while it orients edges. */
export interface Answers {
  /** Returns the recorded set for this pair, in this order of its ends. */
  readonly separator: Separator;
  readonly isIndependent: (x: number, y: number, conditioning: readonly number[]) => boolean;
}

/** True if `to` may get an arrowhead: a tail there stays. */
export function mayPoint(graph: CausalGraph, from: number, to: number): boolean {
  return markAt(graph, from, to) !== TAIL;
}

export function putArrow(graph: CausalGraph, from: number, to: number): void {
  graph.marks[to * graph.variables.length + from] = ARROW;
}

/** Returns the neighbours whose edge with `node` has this mark at `node`. */
export function nodesWith(graph: CausalGraph, node: number, mark: number): number[] {
  return neighbours(graph, node).filter((other) => markAt(graph, other, node) === mark);
}

/** Returns the neighbours of a node that may be its effects. */
export function mayCause(graph: CausalGraph, node: number): number[] {
  return neighbours(graph, node).filter((other) => !isArrow(graph, other, node));
}

export function isUncovered(graph: CausalGraph, path: readonly number[] | undefined): boolean {
  return path?.every((node, i) => i < 2 || !isAdjacent(graph, path[i - 2], node)) ?? false;
}

/** True if a path of edges without an arrowhead at their start leads from one node to the other. */
export function leads(graph: CausalGraph, from: number, to: number): boolean {
  const seen = new Set<number>(mayCause(graph, from));
  for (const node of seen) {
    if (node === to) return true;
    for (const next of mayCause(graph, node)) seen.add(next);
  }
  return false;
}

export function discriminatingPaths(graph: CausalGraph, answers: Answers): void {
  for (const b of graph.variables.keys()) {
    const before = graph.variables.flatMap((_, a) => (isArrow(graph, b, a) ? [a] : []));
    const after = nodesWith(graph, b, CIRCLE);
    for (const a of before) {
      for (const c of after) {
        if (isDirected(graph, a, c) && isArrow(graph, b, c)) search(graph, { a, b, c }, answers);
      }
    }
  }
}

interface End {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

function search(graph: CausalGraph, end: End, answers: Answers): void {
  const { a, b, c } = end;
  const isParent = graph.variables.map((_, node) => isDirected(graph, node, c));
  const seen = new Set([a, b]);
  const next = new Map([[a, b]]);
  const open = [a];
  for (const node of open) {
    const following = next.get(node)!;
    for (const d of nodesWith(graph, node, ARROW)) {
      if (seen.has(d)) continue;
      next.set(d, node);
      if (!isArrow(graph, following, node)) continue;
      if (d !== c && !isAdjacent(graph, d, c) && decide(graph, { ...end, d }, pathFrom(node, next), answers)) return;
      if (!isParent[d]) continue;
      open.push(d);
      seen.add(d);
    }
  }
}

/** Returns the path from a node to its end. */
function pathFrom(start: number, next: ReadonlyMap<number, number>): number[] {
  const path: number[] = [];
  for (let node: number | undefined = start; node !== undefined; node = next.get(node)) path.push(node);
  return path;
}

/** Orients b. Returns true if the path determined the orientation. */
function decide(
  graph: CausalGraph,
  { a, b, c, d }: End & { readonly d: number },
  path: readonly number[],
  { separator, isIndependent }: Answers,
): boolean {
  let isTail = isIndependent(d, c, path);
  const isCollider = isIndependent(
    d,
    c,
    path.filter((node) => node !== b),
  );
  if (!isTail && !isCollider) {
    const separating = separator(d, c);
    if (separating === undefined) return false;
    isTail = separating.includes(b);
  }
  if (isTail) {
    graph.marks[b * graph.variables.length + c] = TAIL;
    return true;
  }
  if (!mayPoint(graph, a, b) || !mayPoint(graph, c, b)) return false;
  putArrow(graph, a, b);
  putArrow(graph, c, b);
  return true;
}
