// R4 as in causal-learn 0.1.4. It searches a path that discriminates b backwards from a. Before it uses the set that
// separated the ends of the path, it makes two tests: given the path with b and without b.

import { ARROW, CIRCLE, isAdjacent, isDirected, TAIL, type CausalGraph } from '../../causal-graph.js';
import type { Answers } from './answers.js';
import { isArrow, mayPoint, nodesWith, putArrow } from './marks.js';

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
