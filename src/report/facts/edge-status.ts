// The status of the edges of a fitted graph, and the edges that are shown. An edge within a modality is never tested:
// only the agreement of restarts on the training data supports it.

import type { LatentGraph } from '../../causal/index.js';
import type { Conclusions, LinkConclusion } from '../../conclusions/index.js';
import { counted } from '../../text/numbers.js';

type Edge = LatentGraph['edges'][number];

/** An edge that was not tested is shown if at least this share of the restarts found it. */
export const MIN_AGREEMENT = 0.5;

/** Returns the verdict of held-out subjects on an edge: supported, not supported, undecided, or not tested. */
export function edgeStatus({ from, to }: Edge, { links }: Pick<Conclusions, 'links'>): string {
  const link = links.find(
    ({ first, second }) => (first === from && second === to) || (first === to && second === from),
  );
  if (link === undefined || !isTested(link)) return 'not tested';
  return link.verdict === 'not-supported' ? 'not supported' : link.verdict;
}

function isTested({ reason }: LinkConclusion): boolean {
  return reason !== 'within-modality' && reason !== 'untested';
}

/** Returns the graph without edges that were not tested and that fewer than half of the restarts found. */
export function shownGraph<T extends LatentGraph>(graph: T, conclusions: Pick<Conclusions, 'links'>): T {
  const isShown = (edge: Edge) => edge.agreement >= MIN_AGREEMENT || edgeStatus(edge, conclusions) !== 'not tested';
  return { ...graph, edges: graph.edges.filter(isShown) };
}

/** Returns the number of edges that are not shown, and the reason. Returns undefined if all are shown. */
export function hiddenText(graph: LatentGraph, conclusions: Pick<Conclusions, 'links'>): string | undefined {
  const hidden = graph.edges.length - shownGraph(graph, conclusions).edges.length;
  if (hidden === 0) return undefined;
  return (
    `Not shown: ${counted(hidden, 'edge')} that ${hidden === 1 ? 'was' : 'were'} not tested and that fewer than half ` +
    'of the restarts found. graph.json contains all edges.'
  );
}
