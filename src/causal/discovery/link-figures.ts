// What the error-aware search says of a link, as graphs and all their files carry it. Whoever reads a file loads no
// search.

/** A correlation with its 95 % interval, and p of none. */
export interface Relation {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  readonly p: number;
}

export const LINK_VERDICTS = ['supported', 'not-supported', 'undecided', 'assumed'] as const;

/** Why a link is not supported. */
export const LINK_REASONS = [
  /** Explained by other variables, and a direct correlation of 0.3 is ruled out. */
  'explained',
  /** Not significant, and a correlation of 0.3 is not ruled out. */
  'low-power',
  /** Not significant, and yet the interval excludes 0: folds, or tests with and without correction, disagree. */
  'inconsistent',
  /** What explains it may be a proxy of one of the two: supported links do not connect it with both, or see `oneOf`. */
  'interchangeable',
  /** What would explain it is not measured well enough to be conditioned on. */
  'not-measured',
  /** Another latent of the modality could cause it, as well as latents are told apart. */
  'leak',
  /** Significant alone, not after all links are counted. */
  'corrected',
  /** Significant, but no larger than what the correction for measurement errors may leave over. */
  'small',
  /** The latents' subspaces are not replicated. */
  'not-replicated',
] as const;
export type LinkReason = (typeof LINK_REASONS)[number];

export const DIRECTION_VERDICTS = ['supported', 'assumed', 'undecided'] as const;
export const DIRECTION_SOURCES = ['order', 'collider', 'knowledge'] as const;

export interface LinkDirection {
  /**
   * `supported`: by held-out subjects, see `by`. `assumed`: the user said so. `undecided`: nothing determines it; the
   * link is drawn with circles at both ends.
   */
  readonly verdict: (typeof DIRECTION_VERDICTS)[number];
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /**
   * `collider`: a v-structure that is replicated. `order`: that of the modalities, which the study file asserts.
   * `knowledge`: tiers, forbidden, and required edges.
   */
  readonly by?: (typeof DIRECTION_SOURCES)[number] | undefined;
  /** Share of half-samples in which this arrowhead is found. */
  readonly share?: number | undefined;
}

/**
 * `from` has a direct link with at least one of `to`. Given one of these, least is left of the association with another
 * one, so the data do not show which is linked.
 */
export interface OneOfLinks {
  readonly from: string;
  readonly to: readonly string[];
  /** Corrected for the number of pairs and of `to` (Bonferroni). */
  readonly q: number;
}

/** A pair of variables that was tested, or that the user linked. */
export interface LinkFigures {
  readonly first: string;
  readonly second: string;
  /** `assumed`: the user requires the link, and the tests do not support it. */
  readonly verdict: (typeof LINK_VERDICTS)[number];
  readonly reason?: LinkReason | undefined;
  /** Whether the two rise together: of `direct` where the link is supported, otherwise of `association`. */
  readonly sign?: '+' | '−' | undefined;
  /** Correlation of what was measured, given nothing. Left out, like the next ones, where nothing was tested. */
  readonly association?: Relation | undefined;
  /** Correlation without measurement errors, given what explains the association best. */
  readonly direct?: Relation | undefined;
  /** What was conditioned on there. */
  readonly given: readonly string[];
  /** The largest p over all sets that were conditioned on, corrected for the number of links (Holm). */
  readonly q?: number | undefined;
  /** For an interchangeable pair: the supported links with a group that this pair may be. */
  readonly oneOf?: readonly OneOfLinks[] | undefined;
  readonly direction: LinkDirection;
}

/** Returns the number that an edge is labelled with: its direct correlation, or the association of measured columns. */
export function signedSize({
  association,
  link,
}: {
  readonly association?: number | undefined;
  readonly link?: LinkFigures | undefined;
}): number | undefined {
  return link?.direct?.estimate ?? association;
}

/** Returns pairs by the size of their association, the largest first. */
export function strongest(pairs: readonly LinkFigures[]): LinkFigures[] {
  const sizeOf = ({ association }: LinkFigures): number => Math.abs(association?.estimate ?? 0);
  return [...pairs].sort((one, other) => sizeOf(other) - sizeOf(one));
}
