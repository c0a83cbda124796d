// The common rule for arrows in fits, discovery and all drawings: a link has a direction only if something determines
// it (docs/explanation/evidence.md).

import type { LinkDirection } from '../causal/discovery/link-figures.js';

/** An arrowhead at `to` of its link with `from`: `to` is not a cause of `from`. */
export interface DirectionEvidence {
  readonly from: string;
  readonly to: string;
  /** Share of half-samples that show the collider with this arrowhead. */
  readonly share?: number | undefined;
  /** The level of an assigned cause that determines the arrowhead; left out for a collider. */
  readonly cause?: { readonly name: string; readonly level?: string | undefined } | undefined;
}

/** A direction that the user asserts. */
export interface AssumedDirection {
  readonly from: string;
  readonly to: string;
  readonly by: 'order' | 'knowledge';
}

const UNDECIDED: LinkDirection = { verdict: 'undecided' };

/**
 * Returns the direction of a link. It is undecided if both ends have arrowheads, which suggests an unmeasured common
 * cause, or if the data contradict the user.
 * @param arrows arrowheads of all links @param assumed direction of this link that the user asserts
 */
export function directionBetween(
  [first, second]: readonly [string, string],
  arrows: readonly DirectionEvidence[],
  assumed?: AssumedDirection,
): LinkDirection {
  const heads = arrows.filter(({ from, to }) => (from === first && to === second) || (from === second && to === first));
  if (heads.some(({ to }) => to !== heads[0].to)) return UNDECIDED;
  if (heads.length > 0) {
    // An intervention is the stronger reason.
    const { from, to, share, cause } = heads.find((head) => head.cause) ?? heads[0];
    if (assumed !== undefined && assumed.to !== to) return UNDECIDED;
    return cause
      ? { verdict: 'supported', from, to, by: 'cause', cause }
      : { verdict: 'supported', from, to, by: 'collider', share };
  }
  return assumed ? { verdict: 'assumed', ...assumed } : UNDECIDED;
}
