// A graph's edges as words, for tests.

import { graphEdges, type CausalGraph } from '../src/causal/discovery/causal-graph.js';
import { edgeSymbol } from '../src/causal/discovery/index.js';

/** `a --> b` of every edge. */
export function edgeTexts(graph: CausalGraph): string[] {
  return graphEdges(graph).map((edge) => `${edge.from} ${edgeSymbol(edge)} ${edge.to}`);
}
