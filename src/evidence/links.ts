// Which latents of associated modalities are directly related, and which are merely associated.

import type { LatentNode } from '../causal/index.js';
import type { CrossFit } from './cross-fit.js';
import type { Interval } from './interval.js';
import type { PairEvidence } from './pairs.js';
import type { LatentEvidence } from './latents.js';
import { searchSkeleton, type LinkReason, type LinkVerdict, type SearchedLink } from './skeleton-search.js';
import { latentVariables } from './variables.js';

/** Two latents of associated modalities. */
export interface LinkEvidence {
  /** Names of the latents, in the order of the graph's nodes. */
  readonly first: string;
  readonly second: string;
  /** Whether a direct relation is supported. */
  readonly verdict: LinkVerdict;
  readonly reason?: LinkReason | undefined;
  /** Correlation of the out-of-fold latents, given nothing. */
  readonly association: Interval & { readonly p: number };
  /** Correlation without measurement errors, given what explains the association best. */
  readonly direct: Interval & { readonly p: number };
  /** What was conditioned on there. */
  readonly given: readonly string[];
  /** The largest p over all sets that were conditioned on, corrected for the number of links (Holm). */
  readonly q: number;
}

export function linkEvidence(
  nodes: readonly LatentNode[],
  { splits }: CrossFit,
  pairs: readonly PairEvidence[],
  latents: readonly LatentEvidence[],
): LinkEvidence[] {
  const associated = new Set(
    pairs
      .filter((pair) => pair.associated)
      .flatMap(({ first, second }) => [`${first} ${second}`, `${second} ${first}`]),
  );
  if (associated.size === 0) return [];
  const modalities = nodes.map(({ modality }) => modality);
  const variables = splits.map(({ folds }) => folds.map((fold) => latentVariables(fold, modalities)));
  const hasForms = nodes.map((_, i) => splits.every(({ folds }) => folds.every(({ forms }) => forms[i] !== undefined)));
  const links = searchSkeleton({
    splits: variables,
    isTested: (x, y) => associated.has(`${modalities[x]} ${modalities[y]}`),
    isNeighbour: (x, y) => modalities[x] === modalities[y],
    isMeasured: (given, x, y) =>
      hasForms[given] || modalities[given] === modalities[x] || modalities[given] === modalities[y],
  });
  return links.map((link) => {
    const { x, y, marginal, direct, given, q } = link;
    return {
      first: nodes[x].name,
      second: nodes[y].name,
      ...judged(link, links, nodes, latents),
      association: { ...marginal.plain, p: marginal.p },
      direct: { estimate: direct.correlation, lower: direct.lower, upper: direct.upper, p: direct.p },
      given: given.map((i) => nodes[i].name),
      q,
    };
  });
}

/** Adds to a link's verdict whether its latents are replicated, and whether another latent could be behind it. */
function judged(
  link: SearchedLink,
  links: readonly SearchedLink[],
  nodes: readonly LatentNode[],
  latents: readonly LatentEvidence[],
): Pick<LinkEvidence, 'verdict' | 'reason'> {
  const { x, y, verdict, reason, marginal } = link;
  if (verdict !== 'supported') return { verdict, reason };
  if (!latents[x].replicated || !latents[y].replicated) return { verdict: 'undecided', reason: 'not-replicated' };
  const strongest = (fixed: number, other: number): number =>
    Math.max(
      0,
      ...links
        .filter((one) => one !== link && [one.x, one.y].includes(fixed))
        .filter((one) => nodes[one.x === fixed ? one.y : one.x].modality === nodes[other].modality)
        .map((one) => Math.abs(one.marginal.plain.estimate)),
    );
  const leak = latents[x].leak * strongest(y, x) + latents[y].leak * strongest(x, y);
  const { lower, upper } = marginal.plain;
  if (leak > 0 && Math.max(lower, -upper) <= leak) {
    return { verdict: 'undecided', reason: 'leak' };
  }
  return { verdict };
}
