// The edges of a graph as texts, for tests.

import { graphEdges, type CausalGraph } from '../../src/causal/discovery/causal-graph.js';
import { edgeSymbol } from '../../src/causal/discovery/index.js';

/** Returns every edge as a text such as `a --> b`. */
export function edgeTexts(graph: CausalGraph): string[] {
  return graphEdges(graph).map((edge) => `${edge.from} ${edgeSymbol(edge)} ${edge.to}`);
}
