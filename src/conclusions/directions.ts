// The one rule for arrows: a link has a direction only where something determines it (docs/evidence.md).

import type { LatentEdge } from '../causal/index.js';
import type { RunSummary } from '../training/run-folder.js';

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
}

const UNDECIDED: Direction = { verdict: 'undecided' };

/** @param edge of the fit between the two, in either direction */
export function directionOf(
  [first, second]: readonly [string, string],
  edge: Pick<LatentEdge, 'from' | 'to'> | undefined,
  { evidence, config }: Pick<RunSummary, 'evidence' | 'config'>,
): Direction {
  const found = evidence?.directions.filter(
    ({ from, to }) => (from === first && to === second) || (from === second && to === first),
  );
  // Arrowheads at both ends are a common cause that nobody measured: no direction.
  if (found?.length === 1) {
    const [{ from, to, share }] = found;
    return { verdict: 'supported', from, to, by: 'collider', share };
  }
  if (edge && config.sparsity.graph === 'ordered' && config.sparsity.order === 'assumed') {
    return { verdict: 'assumed', from: edge.from, to: edge.to, by: 'order' };
  }
  return UNDECIDED;
}
