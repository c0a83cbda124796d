// Causal discovery on columns: tests, PC, graphs with marks, comparison, resampling, formats.

export { bootstrapGraphs, stableGraph, type BootstrapResult, type EdgeFrequencies } from './bootstrap.js';
export {
  emptyGraph as emptyCausalGraph,
  graphEdges as causalEdges,
  graphFromEdges as causalGraphFromEdges,
  type CausalEdge,
  type CausalGraph,
  type Mark,
  type Variable,
} from './causal-graph.js';
export { COLLIDER_PRIORITIES, COLLIDER_RULES, type ColliderPriority, type ColliderRule } from './colliders.js';
export type { DataColumn, VariableKind } from './columns.js';
export { compareCausalGraphs, type Agreement, type GraphComparison } from './compare.js';
export { chiSquare, gSquare } from './contingency.js';
export { dSeparation } from './d-separation.js';
export {
  ALGORITHMS,
  discover,
  PENALTY,
  TEST_NAMES,
  type Algorithm,
  type DiscoveredEdge,
  type DiscoverOptions,
  type Discovery,
  type TestName,
} from './discover.js';
export { chiSquareTail, normalTwoSided } from './distributions.js';
export { causalGraphToDot, causalGraphToGraphml } from './drawing-formats.js';
export { causalGraphFromDot } from './dot-reader.js';
export { fci } from './fci.js';
export { fisherZ } from './fisher-z.js';
export { GRAPH_EXTENSIONS, readCausalGraph } from './graph-file.js';
export { causalGraphFromGraphml } from './graphml-reader.js';
export { gaussianBic, type LocalScore } from './gaussian-score.js';
export { ges } from './ges.js';
export type { IndependenceTest, TestCounts, TestResult } from './independence.js';
export { causalGraphFromJson, causalGraphToJson } from '../graph-json.js';
export { kci } from './kci.js';
export { parseKnowledge, type BackgroundKnowledge } from './knowledge.js';
export { mixedTest } from './mixed.js';
export { discoverInParallel, type ParallelOptions } from './parallel.js';
export { pc, type ConstraintOptions, type PcOptions, type PcResult, type SeparatedPair } from './pc.js';
export { rcit } from './rcit.js';
export {
  causalGraphFromMatrix,
  causalGraphFromText,
  causalGraphToMatrix,
  causalGraphToText,
  edgeSymbol,
} from './text-format.js';
