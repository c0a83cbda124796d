// Marks and paths of a PAG, for the rules of causal-learn 0.1.4.

import { ARROW, isAdjacent, neighbours, TAIL, type CausalGraph } from '../../causal-graph.js';
import { isArrow, markAt } from '../pag-rules.js';

export { isArrow, isCircle } from '../pag-rules.js';

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
