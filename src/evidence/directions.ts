// The one rule for arrows, which fits, discovery and all pictures follow: a link has a direction only where something
// determines it (docs/evidence.md).

import type { LinkDirection } from '../causal/discovery/link-figures.js';

/** An arrowhead at `to`, of its link with `from`: `to` is no cause of `from`. */
export interface DirectionEvidence {
  readonly from: string;
  readonly to: string;
  /** Share of half-samples in which the collider that has it is found. */
  readonly share: number;
}

/** A direction that the user gave. */
export interface AssumedDirection {
  readonly from: string;
  readonly to: string;
  readonly by: 'order' | 'knowledge';
}

const UNDECIDED: LinkDirection = { verdict: 'undecided' };

/**
 * Returns the direction of a link. Arrowheads at both ends are a common cause that nobody measured, or data that
 * contradict the user: no direction.
 * @param arrows of all links @param assumed what the user says of this link
 */
export function directionBetween(
  [first, second]: readonly [string, string],
  arrows: readonly DirectionEvidence[],
  assumed?: AssumedDirection,
): LinkDirection {
  const found = arrows.filter(({ from, to }) => (from === first && to === second) || (from === second && to === first));
  if (found.length > 1) return UNDECIDED;
  if (found.length === 1) {
    const [{ from, to, share }] = found;
    const isContradicted = assumed !== undefined && assumed.to !== to;
    return isContradicted ? UNDECIDED : { verdict: 'supported', from, to, by: 'collider', share };
  }
  return assumed ? { verdict: 'assumed', ...assumed } : UNDECIDED;
}
