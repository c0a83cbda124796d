// Causal graphs: the graph over the latents of a fit, its causal order and exports; and discovery on any columns.

export type { CauseEdge, CauseNode, GraphCauses } from './cause-nodes.js';
export { withAgreement, type RunGraph } from './agreement.js';
export {
  adjacencyMatrix,
  graphFromAdjacency,
  graphFromGates,
  graphFromStrengths,
  latentNodes,
  modalityLatents,
  type EdgeDirection,
  type LatentEdge,
  type LatentGraph,
  type LatentNode,
  type ModalityLatents,
  type OrientingColumn,
} from './graph.js';
export { graphToDot, graphToGraphml } from './graph-formats.js';
export { graphFromJson, graphToJson } from './graph-json.js';
export type { EdgeVerdict, LatentVerdictName } from './verdicts.js';
export { findCycle, topologicalOrder } from './order.js';
export * from './discovery/index.js';
