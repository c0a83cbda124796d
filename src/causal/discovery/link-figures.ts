// Results of the error-aware search for a link, as stored in graphs and all their files. This module is separate so
// that a reader of files does not load the search.

/** A correlation with its 95 % interval, and the p-value of the hypothesis that it is 0. */
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
  /** Not significant, although the interval excludes 0: folds, or tests with and without correction, disagree. */
  'inconsistent',
  /**
   * The variables that explain it may be proxies of one of the two: supported links do not connect them with both ends,
   * or see `oneOf`.
   */
  'interchangeable',
  /** A variable that would explain it is not measured well enough to condition on. */
  'not-measured',
  /** Another latent of the modality could cause it, because the latents are not separated well enough. */
  'leak',
  /** Significant alone, but not after the correction for the number of links. */
  'corrected',
  /** Significant, but not larger than the possible residue of the correction for measurement errors. */
  'small',
  /** The latents' subspaces are not replicated. */
  'not-replicated',
] as const;
export type LinkReason = (typeof LINK_REASONS)[number];

/**
 * Verdicts on a direction that modalities may have in common. `shared`: its correlation, without errors of measurement,
 * lies above 0.9, and its interval reaches 0.95. `undecided`: it may be. `different`: it is not.
 */
export const SHARED_VERDICTS = ['shared', 'undecided', 'different'] as const;
export type SharedVerdict = (typeof SHARED_VERDICTS)[number];

export const DIRECTION_VERDICTS = ['supported', 'assumed', 'undecided'] as const;
export const DIRECTION_SOURCES = ['order', 'collider', 'cause', 'knowledge'] as const;

export interface LinkDirection {
  /**
   * `supported`: by held-out subjects, see `by`. `assumed`: stated by the user. `undecided`: nothing determines the
   * direction, and the link is drawn with circles at both ends.
   */
  readonly verdict: (typeof DIRECTION_VERDICTS)[number];
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /**
   * Source of the verdict. `collider`: a replicated v-structure. `cause`: a level of an assigned cause acts on one of
   * the two and through it on the other. `order`: the order of the modalities in the study file. `knowledge`: tiers,
   * forbidden edges and required edges.
   */
  readonly by?: (typeof DIRECTION_SOURCES)[number] | undefined;
  /** Share of half-samples that have this arrowhead. */
  readonly share?: number | undefined;
  /** The level that determines the direction, if `by` is `cause`. */
  readonly cause?: { readonly name: string; readonly level?: string | undefined } | undefined;
}

/**
 * `from` has a direct link with at least one of `to`. Conditioning on one of these removes most of the association with
 * another one, so the data do not show which of them is linked.
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
  /** Sign of `direct` if the link is supported, otherwise of `association`. */
  readonly sign?: '+' | '−' | undefined;
  /** Marginal correlation of the measured values. Left out, like the next fields, if nothing was tested. */
  readonly association?: Relation | undefined;
  /** Correlation corrected for measurement errors, given the variables that explain the association best. */
  readonly direct?: Relation | undefined;
  /** The variables that `direct` is conditioned on. */
  readonly conditioning: readonly string[];
  /** The largest p-value over all conditioning sets, corrected for the number of links (Holm). */
  readonly q?: number | undefined;
  /** For an interchangeable pair: the supported links of a variable with a group of which this pair may be one. */
  readonly oneOf?: readonly OneOfLinks[] | undefined;
  readonly direction: LinkDirection;
}

/** Returns the number in the label of an edge: its direct correlation, or the association of measured columns. */
export function signedSize({
  association,
  link,
}: {
  readonly association?: number | undefined;
  readonly link?: LinkFigures | undefined;
}): number | undefined {
  return link?.direct?.estimate ?? association;
}

/** Returns the pairs by descending size of their association. */
export function strongest(pairs: readonly LinkFigures[]): LinkFigures[] {
  const sizeOf = ({ association }: LinkFigures): number => Math.abs(association?.estimate ?? 0);
  return [...pairs].sort((one, other) => sizeOf(other) - sizeOf(one));
}
