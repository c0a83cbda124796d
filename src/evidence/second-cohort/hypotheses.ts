// The statements of a first study that a second cohort tests, and the results of these tests.

import type { Interval } from '../interval.js';

/**
 * `pair`: two modalities are associated. `link`: two latents are directly linked. `effect`: a cause shifts a latent.
 * `spread`: it changes the spread of a latent. `block`: it changes the latents of a modality together.
 */
export type HypothesisKind = 'pair' | 'link' | 'effect' | 'spread' | 'block';

/** A statement that the first study supports. */
export interface Hypothesis {
  readonly kind: HypothesisKind;
  /** A modality (`pair`), a latent (`link`), or a cause. */
  readonly first: string;
  /** A modality (`pair`, `block`) or a latent. */
  readonly second: string;
  /** Level of the cause; left out for a number. */
  readonly level?: string | undefined;
  /** Latents given which a link was supported. */
  readonly conditioning?: readonly string[] | undefined;
  /**
   * Estimate of the first study with its 95 % interval: a correlation, an effect in standard deviations, or a ratio of
   * spreads. Left out for a block, which has none.
   */
  readonly original?: Interval | undefined;
}

/**
 * `replicated`: shown in the same direction after the correction for all hypotheses, and half of the first estimate is
 * not excluded. `not-replicated`: the interval excludes half of the first estimate. `undecided`: neither.
 * `not-testable`: the cohort cannot test it.
 */
export type ReplicationVerdict = 'replicated' | 'not-replicated' | 'undecided' | 'not-testable';

/**
 * Reasons.
 * `not-replicated`: `smaller` than half of the first estimate, or of the `opposite-sign`.
 * `undecided`: `low-power`; `corrected`: the correction for the number of hypotheses is not passed; `small`: a link
 * that is not larger than what the correction for measurement errors may leave over.
 * `not-testable`: `modality-missing`, `cause-missing`; `too-few` subjects; `copied-rows`; `not-measured`: the two forms
 * of a latent do not correlate, or errors of conditioning latents are not known; `confounded`, `batch`, and `gaps` as
 * in the evidence for causes.
 */
export type ReplicationReason =
  | 'smaller'
  | 'opposite-sign'
  | 'low-power'
  | 'corrected'
  | 'small'
  | 'modality-missing'
  | 'cause-missing'
  | 'too-few'
  | 'copied-rows'
  | 'not-measured'
  | 'confounded'
  | 'batch'
  | 'gaps';

/** The test of a hypothesis in the second cohort. */
export interface TestedHypothesis extends Hypothesis {
  readonly verdict: ReplicationVerdict;
  readonly reason?: ReplicationReason | undefined;
  /** Number of subjects, or groups, in the test. */
  readonly subjects: number;
  /** Estimate of the second cohort with its 95 % interval, in the unit of `original`. */
  readonly estimate?: Interval | undefined;
  /** p in the direction of the first estimate; without a direction, p of both. */
  readonly p?: number | undefined;
  /** p corrected for all hypotheses that were tested (Holm). */
  readonly q?: number | undefined;
  /** Probability that a cohort of this size replicates an effect as large as the first estimate. */
  readonly power?: number | undefined;
  /**
   * For a pair that is not replicated: p of any association of the two modalities, which the cohort can show although
   * the combinations of latents of the first study are not associated. It is not one of the corrected tests.
   */
  readonly anyAssociation?: number | undefined;
}
