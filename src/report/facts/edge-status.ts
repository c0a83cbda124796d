// The status of the edges of a fitted graph, and the edges that are shown. An edge within a modality is never tested:
// only the agreement of restarts on the training data supports it.

import { crossEdges } from '../../causal/graph.js';
import type { EdgeVerdict, LatentGraph } from '../../causal/index.js';
import { causeName, edgeVerdict, withSupportedCauses, type Conclusions } from '../../conclusions/index.js';
import { counted, listed } from '../../text/numbers.js';
import { sharingOf } from './evidence.js';

type Edge = LatentGraph['edges'][number];

/** An edge that was not tested is shown if at least this share of the restarts found it. */
export const MIN_AGREEMENT = 0.5;
/** Maximum number of effects without an edge that are named. */
const MAX_NAMED = 4;

const STATUS: Readonly<Record<EdgeVerdict, string>> = {
  supported: 'supported',
  undecided: 'undecided',
  'not-supported': 'not supported',
  untested: 'not tested',
};

/** Returns the verdict of held-out subjects on an edge, as a table cell. */
export function edgeStatus(verdict: EdgeVerdict | undefined): string {
  return STATUS[verdict ?? 'untested'];
}

/**
 * Returns the graph of the edges that are shown. It lacks edges that were not tested and that fewer than half of the
 * restarts found, and edges between two latents that are the same variable. It also lacks edges of observed causes that
 * held-out subjects do not support.
 */
export function shownGraph<T extends LatentGraph>(graph: T, conclusions: Pick<Conclusions, 'links' | 'causes'>): T {
  const isShown = (edge: Edge) =>
    !isSame(edge, conclusions) && (edge.agreement >= MIN_AGREEMENT || edgeVerdict(edge, conclusions) !== 'untested');
  return withSupportedCauses({ ...graph, edges: graph.edges.filter(isShown) }, conclusions);
}

/**
 * True if the graph is drawn. Readers would take a drawing for a finding if nothing was tested, or if the tests support
 * no link between modalities and no effect of a cause.
 * @param shown result of `shownGraph`
 */
export function isGraphDrawn(shown: LatentGraph, conclusions: Conclusions): boolean {
  const sharing = sharingOf(conclusions);
  const hasLinks = crossEdges(shown).length + (shown.causeEdges?.length ?? 0) > 0;
  return sharing === 'associated' || (sharing === 'nothing' && hasLinks);
}

function isSame(edge: Edge, { links }: Pick<Conclusions, 'links'>): boolean {
  return links.some(
    ({ first, second, same }) => same && [edge.from, edge.to].includes(first) && [edge.from, edge.to].includes(second),
  );
}

/**
 * Returns the number of edges that are not shown, and the reason, and the supported results of causes without an edge.
 * Returns undefined if there are none.
 */
export function hiddenText(graph: LatentGraph, conclusions: Pick<Conclusions, 'links' | 'causes'>): string | undefined {
  const { edges, causeEdges = [] } = shownGraph(graph, conclusions);
  const copies = graph.edges.filter((edge) => isSame(edge, conclusions)).length;
  const hidden = graph.edges.length - edges.length - copies;
  const ofCauses = (graph.causeEdges?.length ?? 0) - causeEdges.length;
  const lacking = (conclusions.causes?.effects ?? []).filter(
    ({ verdict, isFitted, direct }) => verdict === 'supported' && !isFitted && direct?.verdict !== 'through',
  );
  if (hidden + copies + ofCauses + lacking.length === 0) return undefined;
  const reasons = [
    ...(copies === 0 ? [] : [`${counted(copies, 'edge')} between latents that are the same variable`]),
    ...(hidden === 0
      ? []
      : [
          `${counted(hidden, 'edge')} that ${hidden === 1 ? 'was' : 'were'} not tested and that fewer than half of ` +
            'the restarts found',
        ]),
    ...(ofCauses === 0
      ? []
      : [`${counted(ofCauses, 'edge')} of observed causes that held-out subjects do not support`]),
    ...(lacking.length === 0
      ? []
      : [
          `${counted(lacking.length, `supported ${lacking[0].meaning}`)} without an edge in the fit ` +
            `(${listed(lacking.slice(0, MAX_NAMED).map((one) => `${causeName(one)} – ${one.latent}`))}` +
            `${lacking.length > MAX_NAMED ? ', …' : ''})`,
        ]),
  ];
  const all = hidden + copies + ofCauses === 0 ? '' : ' graph.json contains all edges.';
  return `Not shown: ${listed(reasons)}.${all}`;
}
