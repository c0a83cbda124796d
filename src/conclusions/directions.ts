// The one rule for arrows: a link has a direction only where something determines it (docs/evidence.md).

import type { LatentEdge, LatentGraph } from '../causal/index.js';
import type { RunSummary } from '../training/run-folder.js';

/** A smaller difference of likelihoods, in standard errors, does not tell two orders of the modalities apart. */
export const EQUAL_STANDARD_ERRORS = 2;

export interface Direction {
  /**
   * `supported`: by held-out subjects, see `by`. `assumed`: the user said so. `undecided`: nothing determines it; the
   * link is drawn as a line.
   */
  readonly verdict: 'supported' | 'assumed' | 'undecided';
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** `order`: that of the modalities, which the study file asserts; `collider`: a v-structure that is replicated. */
  readonly by?: 'order' | 'collider' | undefined;
  /** Share of half-samples in which this arrowhead is found. */
  readonly share?: number | undefined;
  /** How the reversed order explains held-out subjects; left out where it was not compared. */
  readonly reversed?: ReversedOrder | undefined;
}

/** Beside the study's order of modalities; two standard errors of the paired difference count as equal. */
export type ReversedOrder = 'worse' | 'as-well' | 'better';

export interface DirectionFacts extends Pick<RunSummary, 'evidence' | 'config'> {
  /** True for two latents of one modality: the order of the modalities says nothing of them. */
  readonly isWithin: boolean;
}

/** @param edge of the fit between the two, in either direction */
export function directionOf(
  [first, second]: readonly [string, string],
  edge: Pick<LatentEdge, 'from' | 'to'> | undefined,
  { evidence, config, isWithin }: DirectionFacts,
): Direction {
  const found = evidence?.directions.filter(
    ({ from, to }) => (from === first && to === second) || (from === second && to === first),
  );
  // Arrowheads at both ends are a common cause that nobody measured: no direction.
  if (found?.length === 1) {
    const [{ from, to, share }] = found;
    return { verdict: 'supported', from, to, by: 'collider', share };
  }
  const reversed = isWithin ? undefined : reversedOrder(evidence);
  if (edge && !isWithin && config.sparsity.graph === 'ordered' && config.sparsity.order === 'assumed') {
    return { verdict: 'assumed', from: edge.from, to: edge.to, by: 'order', ...(reversed && { reversed }) };
  }
  return { verdict: 'undecided', ...(reversed && { reversed }) };
}

/** A better likelihood is evidence under the flow's assumptions only: it can take a direction away, not give one. */
export function reversedOrder(evidence: RunSummary['evidence']): ReversedOrder | undefined {
  if (!evidence?.order) return undefined;
  const { difference, standardError } = evidence.order;
  if (Math.abs(difference) < EQUAL_STANDARD_ERRORS * standardError) return 'as-well';
  return difference > 0 ? 'worse' : 'better';
}

/** Returns the graph with the verdict on the direction of every edge, which pictures and formats follow. */
export function withDirections(graph: LatentGraph, summary: Pick<RunSummary, 'evidence' | 'config'>): LatentGraph {
  const modalityOf = new Map(graph.nodes.map(({ name, modality }) => [name, modality]));
  const edges = graph.edges.map((edge): LatentEdge => {
    const isWithin = modalityOf.get(edge.from) === modalityOf.get(edge.to);
    const { from: first, to: second } = edge;
    // Edges both ways are one link, with one direction.
    const link = graph.edges.find(({ from, to }) => [from, to].includes(first) && [from, to].includes(second));
    const { verdict, from } = directionOf([first, second], link, { ...summary, isWithin });
    // A fitted edge may point against the direction of its link.
    return { ...edge, direction: verdict === 'undecided' || from === first ? verdict : 'undecided' };
  });
  return { ...graph, edges };
}
