// DAGs and the graphs that represent their equivalence classes: a DAG of a partly directed graph, and the CPDAG or the
// interventional essential graph of a DAG.

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
import { NO_KNOWLEDGE, type CompiledKnowledge } from './knowledge.js';
import type { Targets } from './local-score.js';
import { applyMeekRules } from './meek.js';
import { SureArrows } from './orientation.js';

/**
 * Returns a DAG with the edges and colliders of a partly directed graph (Dor & Tarsi 1992); undefined if none exists.
 */
export function consistentDag(graph: CausalGraph): CausalGraph | undefined {
  const dag = copyGraph(graph);
  const remaining = new Set(graph.variables.keys());
  const around = (node: number): number[] => neighbours(graph, node).filter((other) => remaining.has(other));
  while (remaining.size > 0) {
    const sink = [...remaining].find((node) => {
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
    remaining.delete(sink);
  }
  return dag;
}

/**
 * Returns the CPDAG of the equivalence class of a DAG: its colliders and the edges that Meek's rules direct (1995).
 * With interventions, returns the interventional essential graph (Hauser & Bühlmann 2012, theorem 10): an edge also has
 * a direction if some intervention has exactly one of its ends as a target.
 */
export function classOfDag(dag: CausalGraph, targets: Targets = []): CausalGraph {
  const graph = copyGraph(dag);
  for (const [i] of dag.variables.entries()) for (const j of neighbours(dag, i)) setEdge(graph, i, j, TAIL, TAIL);
  for (const [y] of dag.variables.entries()) {
    const parents = neighbours(dag, y).filter((x) => isDirected(dag, x, y));
    for (const x of parents) {
      const isCollider = parents.some((z) => z !== x && !isAdjacent(dag, x, z));
      if (isCollider || targets.some((target) => target.includes(x) !== target.includes(y))) direct(graph, x, y);
    }
  }
  applyMeekRules(new SureArrows(graph), NO_KNOWLEDGE);
  return graph;
}

/**
 * Returns a DAG of the class that background knowledge allows; undefined if none exists.
 * @param graph a CPDAG, or the interventional essential graph for these targets
 */
export function memberOfClass(
  graph: CausalGraph,
  knowledge: CompiledKnowledge,
  targets: Targets = [],
): CausalGraph | undefined {
  const size = graph.variables.length;
  const directed = directedBy(graph, knowledge);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (knowledge.requires(i, j) && !isDirected(directed, i, j)) return undefined;
      if (isDirected(directed, i, j) && !knowledge.allows(i, j)) return undefined;
    }
  }
  const dag = consistentDag(directed);
  return dag !== undefined && isSame(classOfDag(dag, targets), graph) ? dag : undefined;
}

/** Returns the CPDAG with the edges that background knowledge directs, and those that follow (Meek 1995). */
export function withKnowledge(graph: CausalGraph, knowledge: CompiledKnowledge): CausalGraph {
  if (knowledge.isEmpty) return graph;
  const directed = directedBy(graph, knowledge);
  applyMeekRules(new SureArrows(directed), knowledge);
  return directed;
}

function directedBy(graph: CausalGraph, knowledge: CompiledKnowledge): CausalGraph {
  const size = graph.variables.length;
  const directed = copyGraph(graph);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (isUndirected(directed, i, j) && !knowledge.allows(j, i)) direct(directed, i, j);
    }
  }
  return directed;
}

function isSame(one: CausalGraph, other: CausalGraph): boolean {
  return one.marks.every((mark, at) => mark === other.marks[at]);
}
