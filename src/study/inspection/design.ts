// What the design of a study can identify before a fit, as `inspect` reports it.

/** Stable codes of the statements about a design (docs/reference/study-file.md, "What a design can identify"). */
export const IDENTIFICATION_CODES = [
  'one-latent',
  'pairs',
  'pairs-by-levels',
  'sparse-links',
  'more-latents-than-partners',
  'levels-of-one-modality',
  'private-latents',
  'few-thresholds',
  'errors-unknown',
  'effects',
  'order-assumed',
  'directions-by-causes',
  'directions-unknown',
  'link-power',
] as const;
export type IdentificationCode = (typeof IDENTIFICATION_CODES)[number];

/** A fact about the design, in words. */
export interface DesignStatement {
  readonly code: IdentificationCode;
  readonly text: string;
  /** What the designer of the study can do about it; left out if nothing helps, or nothing is needed. */
  readonly advice?: string | undefined;
}

/** How likely a fit finds a direct link of 0.3 between two modalities (`linkPower`). */
export interface DesignedLinks {
  readonly first: string;
  readonly second: string;
  /** Number of subjects, or of groups, with both modalities. */
  readonly units: number;
  /** Probability; 0 if there are too few units for any test. */
  readonly power: number;
  /** Number of units for a probability of 0.8. */
  readonly needed: number;
}

/** What the levels of the causes identify. */
export interface LevelsNeeded {
  /** Number of levels other than references; a number counts as one. */
  readonly levels: number;
  /** Levels with a perfect effect. */
  readonly perfect: readonly string[];
  /** By modality, the perfect levels that its latents need if they are identified by causes alone. */
  readonly modalities: readonly {
    readonly name: string;
    readonly latents: number;
    /** One for each latent; with one fewer, the latent without a level must be a root. None for a single latent. */
    readonly needed: number;
    /** Number of perfect levels that may act on this modality, each on another latent. */
    readonly perfect: number;
    readonly missing: number;
  }[];
}

/** What the design of a study can identify, before a fit. */
export interface Identification {
  /** Every fact once: latents first, then effects, directions, and links. */
  readonly statements: readonly DesignStatement[];
  /** By pair of modalities; empty for a single one. */
  readonly links: readonly DesignedLinks[];
  /** Left out without causes. */
  readonly causes?: LevelsNeeded | undefined;
}
