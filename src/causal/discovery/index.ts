// Causal discovery on columns: tests, algorithms, graphs with marks, comparison, half-samples, and file formats.

export {
  halfSampleGraphs,
  stableGraph,
  type HalfSampleShares,
  type EdgeFrequencies,
  type EdgeIntervals,
} from './half-samples.js';
export type { LinkDirection, LinkFigures, LinkReason, Relation } from './link-figures.js';
export type { HalfSampling } from './resampling.js';
export {
  emptyGraph as emptyCausalGraph,
  graphEdges as causalEdges,
  graphFromEdges as causalGraphFromEdges,
  type CausalEdge,
  type CausalGraph,
  type ContextKind,
  type Mark,
  type Variable,
} from './causal-graph.js';
export { COLLIDER_PRIORITIES, COLLIDER_RULES, type ColliderPriority, type ColliderRule } from './search/colliders.js';
export { COMPATIBILITY_CHOICES, type Compatibility, type CompatibilityChoice } from './search/compatibility.js';
export type { DataColumn, VariableKind } from './columns.js';
export { compareCausalGraphs, type Agreement, type GraphComparison } from './compare.js';
export { chiSquare, gSquare } from './independence/contingency.js';
export { dSeparation } from './independence/d-separation.js';
export {
  ALGORITHMS,
  type Algorithm,
  type ConstraintOptions,
  type DiscoverOptions,
  type GesOptions,
  type ParallelOptions,
  type PcOptions,
} from './options.js';
export { PENALTY, SCORE_NAMES, type ScoreName } from './search/scores.js';
export { TEST_NAMES, type TestName } from './independence/tests.js';
export type { DescribedEnvironment, DescribedEnvironments, Environments } from './environments.js';
export { discover, independenceTest, type DiscoveredEdge, type Discovery } from './discover.js';
export { chiSquareTail, normalTwoSided } from './independence/distributions.js';
export { causalGraphToDot, causalGraphToGraphml } from './formats/drawing-formats.js';
export { causalGraphFromDot } from './formats/dot-reader.js';
export { fci } from './search/fci.js';
export { fisherZ } from './independence/fisher-z.js';
export { GRAPH_EXTENSIONS, readCausalGraph } from './formats/graph-file.js';
export { causalGraphFromGraphml } from './formats/graphml-reader.js';
export { bdeu, type BdeuOptions } from './search/discrete-score.js';
export { degenerateGaussian, gaussianBic } from './search/gaussian-score.js';
export { gcm } from './independence/gcm.js';
export { ges } from './search/ges.js';
export type { LocalScore, Targets } from './search/local-score.js';
export type { Context, IndependenceTest, TestCounts, TestResult } from './independence/independence.js';
export { causalGraphFromJson, causalGraphToJson } from '../graph-json.js';
export { kci } from './independence/kci.js';
export { parseKnowledge, type BackgroundKnowledge } from './search/knowledge.js';
export { mixedTest } from './independence/mixed.js';
export { discoverInParallel } from './parallel.js';
export { pc, type PcResult, type SeparatedPair } from './search/pc.js';
export { rcit } from './independence/rcit.js';
export {
  causalGraphFromMatrix,
  causalGraphFromText,
  causalGraphToMatrix,
  causalGraphToText,
  edgeSymbol,
} from './formats/text-format.js';
