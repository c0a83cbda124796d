// DAGs and the graphs that stand for a class of them: a DAG of a partly directed graph, and the CPDAG of a DAG.

import {
  copyGraph,
  direct,
  isAdjacent,
  isDirected,
  isUndirected,
  neighbours,
  setEdge,
  TAIL,
  type CausalGraph,
} from '../causal-graph.js';
import { compileKnowledge } from './knowledge.js';
import { applyMeekRules } from './meek.js';

/**
 * A DAG with the edges and colliders of a partly directed graph (Dor & Tarsi 1992); undefined where there is none.
 */
export function consistentDag(graph: CausalGraph): CausalGraph | undefined {
  const dag = copyGraph(graph);
  const left = new Set(graph.variables.keys());
  const around = (node: number): number[] => neighbours(graph, node).filter((other) => left.has(other));
  while (left.size > 0) {
    const sink = [...left].find((node) => {
      const near = around(node);
      if (near.some((other) => isDirected(graph, node, other))) return false;
      return near.every(
        (other) =>
          !isUndirected(graph, node, other) ||
          near.every((third) => third === other || isAdjacent(graph, other, third)),
      );
    });
    if (sink === undefined) return undefined;
    for (const other of around(sink)) direct(dag, other, sink);
    left.delete(sink);
  }
  return dag;
}

/** The CPDAG of a DAG's equivalence class: its colliders, and what Meek's rules make of them (Meek 1995). */
export function classOfDag(dag: CausalGraph): CausalGraph {
  const graph = copyGraph(dag);
  for (const [i] of dag.variables.entries()) for (const j of neighbours(dag, i)) setEdge(graph, i, j, TAIL, TAIL);
  for (const [y] of dag.variables.entries()) {
    const parents = neighbours(dag, y).filter((x) => isDirected(dag, x, y));
    for (const x of parents) {
      if (parents.some((z) => z !== x && !isAdjacent(dag, x, z))) direct(graph, x, y);
    }
  }
  applyMeekRules(graph, compileKnowledge(dag.variables, {}));
  return graph;
}
