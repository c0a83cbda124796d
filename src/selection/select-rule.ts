// The rule from held-out errors to a number of latents. A latent counts if it improves the prediction of the other
// modalities: by more than twice the standard error over the splits, and by more than a small share of everything that
// can be predicted. Both must hold relative to the previous candidate, and relative to the last one that counted.

import { mean } from '../metrics/vectors.js';

/** One tried number of latents. Errors concern the other modalities: squared errors, and −log p for other kinds. */
export interface Candidate {
  readonly latents: number;
  /** Mean error over the splits, and its standard error. */
  readonly error: number;
  readonly standardError: number;
  /** Reduction of the error of a constant prediction, as a share; for measurements, the share of explained variance. */
  readonly predicted: number;
  /** Reduction of the error relative to one latent fewer, paired by split, and its standard error. */
  readonly gain: number;
  readonly gainStandardError: number;
  /** True if the last latent improves the prediction enough. Otherwise it has no use for the other modalities. */
  readonly counts: boolean;
}

export type Verdict = 'found' | 'largest-tried' | 'nothing-shared';

export interface Recommendation {
  /** Recommended number; 0 if nothing of the other modalities is predicted. */
  readonly recommended: number;
  /** `largest-tried`: even the latent of the last candidate counts, so there may be more. */
  readonly verdict: Verdict;
  readonly candidates: readonly Candidate[];
}

/** A gain below this many standard errors may be chance. */
const STANDARD_ERRORS = 2;

/**
 * Recommends a number of latents.
 * @param errors held-out error by number of latents (0: a constant prediction) and split
 * @param tolerance share of everything that can be predicted that a latent must add
 */
export function recommend(errors: readonly (readonly number[])[], tolerance: number): Recommendation {
  const means = errors.map(mean);
  const nothing = means[0];
  const predictable = nothing - Math.min(...means);
  // If the error rises at an unused latent and falls again at the next, this is not a gain: among many candidates, such
  // pairs occur by chance.
  let last = 0;
  const candidates = errors.slice(1).map((ofSplits, i): Candidate => {
    const { gain, gainStandardError, isEnough } = gainOf(errors[i], ofSplits, tolerance * predictable);
    const counts = isEnough && gainOf(errors[last], ofSplits, tolerance * predictable).isEnough;
    if (counts) last = i + 1;
    return {
      latents: i + 1,
      error: means[i + 1],
      standardError: standardError(ofSplits),
      predicted: 1 - means[i + 1] / nothing,
      gain,
      gainStandardError,
      counts,
    };
  });
  const recommended = last;
  const verdict = recommended === 0 ? 'nothing-shared' : recommended === candidates.length ? 'largest-tried' : 'found';
  return { recommended, verdict, candidates };
}

/** Returns the reduction of the error from fewer to more latents, paired by split. */
function gainOf(fewer: readonly number[], more: readonly number[], minGain: number) {
  const gains = more.map((error, split) => fewer[split] - error);
  const gain = mean(gains);
  const gainStandardError = standardError(gains);
  return { gain, gainStandardError, isEnough: gain > Math.max(STANDARD_ERRORS * gainStandardError, minGain) };
}

function standardError(values: readonly number[]): number {
  const middle = mean(values);
  const square = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(square / (values.length - 1) / values.length);
}
