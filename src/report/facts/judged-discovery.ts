// A graph of discovery with the verdicts on the latents of the fit.

import { undrawnPairs, withLatentVerdicts } from '../../causal/drawn-causal-graph.js';
import type { ReportDiscovery, ReportInput } from '../input.js';

/** Returns the graph of discovery with the verdicts on its latents, and the pairs without an edge by block. */
export function judgedDiscovery(
  { graph: { nodes } }: Pick<ReportInput, 'graph'>,
  { graph, edges, undrawn }: ReportDiscovery,
): Pick<ReportDiscovery, 'graph' | 'edges' | 'undrawn'> {
  const judged = withLatentVerdicts(graph, nodes);
  return { graph: judged, edges, undrawn: undrawn && undrawnPairs(judged, edges, undrawn) };
}
