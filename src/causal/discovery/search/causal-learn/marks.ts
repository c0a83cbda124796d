// Marks and paths of a PAG, as causal-learn 0.1.4's rules read them.

import { ARROW, isAdjacent, neighbours, TAIL, type CausalGraph } from '../../causal-graph.js';
import { isArrow, markAt } from '../pag-rules.js';

export { isArrow, isCircle } from '../pag-rules.js';

/** A tail stays. */
export function mayPoint(graph: CausalGraph, from: number, to: number): boolean {
  return markAt(graph, from, to) !== TAIL;
}

export function putArrow(graph: CausalGraph, from: number, to: number): void {
  graph.marks[to * graph.variables.length + from] = ARROW;
}

/** Nodes with this mark at `node`. */
export function nodesWith(graph: CausalGraph, node: number, mark: number): number[] {
  return neighbours(graph, node).filter((other) => markAt(graph, other, node) === mark);
}

/** Neighbours of a node that may be its effects. */
export function mayCause(graph: CausalGraph, node: number): number[] {
  return neighbours(graph, node).filter((other) => !isArrow(graph, other, node));
}

export function isUncovered(graph: CausalGraph, path: readonly number[] | undefined): boolean {
  return path?.every((node, i) => i < 2 || !isAdjacent(graph, path[i - 2], node)) ?? false;
}

/** True if edges without an arrowhead at their beginning lead from one node to another. */
export function leads(graph: CausalGraph, from: number, to: number): boolean {
  const seen = new Set<number>(mayCause(graph, from));
  for (const node of seen) {
    if (node === to) return true;
    for (const next of mayCause(graph, node)) seen.add(next);
  }
  return false;
}
