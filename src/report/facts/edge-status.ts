// Whether an edge of a fitted graph was tested, and which edges are shown. Cross-fitting tests edges between modalities
// alone; of the others only the restarts of the fit speak, on the data that they were fitted to.

import type { LatentGraph } from '../../causal/index.js';
import type { RunSummary } from '../../training/run-folder.js';
import { counted } from '../format.js';

type Edge = LatentGraph['edges'][number];
type Evidence = RunSummary['evidence'];

export type EdgeStatus = 'supported' | 'not supported' | 'not tested';

/** An edge that was not tested is shown if at least this share of the restarts found it. */
export const LEAST_AGREEMENT = 0.5;

/** Returns what cross-fitting says of an edge. */
export function edgeStatus({ from, to }: Edge, { nodes }: Pick<LatentGraph, 'nodes'>, evidence: Evidence): EdgeStatus {
  const modalityOf = (name: string) => nodes.find((node) => node.name === name)?.modality;
  if (!evidence?.tested || modalityOf(from) === modalityOf(to)) return 'not tested';
  const link = evidence.links.find(
    ({ first, second }) => (first === from && second === to) || (first === to && second === from),
  );
  if (link === undefined) return 'not tested';
  return link.stands ? 'supported' : 'not supported';
}

/** Returns the graph without edges that were not tested and that fewer than half of the restarts found. */
export function shownGraph<T extends LatentGraph>(graph: T, evidence: Evidence): T {
  const isShown = (edge: Edge) =>
    edge.agreement >= LEAST_AGREEMENT || edgeStatus(edge, graph, evidence) !== 'not tested';
  return { ...graph, edges: graph.edges.filter(isShown) };
}

/** Returns how many edges are not shown, and why; undefined where all are. */
export function hiddenText(graph: LatentGraph, evidence: Evidence): string | undefined {
  const hidden = graph.edges.length - shownGraph(graph, evidence).edges.length;
  if (hidden === 0) return undefined;
  return (
    `Not shown: ${counted(hidden, 'edge')} that ${hidden === 1 ? 'was' : 'were'} not tested and that fewer than half ` +
    'of the restarts found; graph.json has all.'
  );
}
