// From held-out errors to a number of latents. A latent counts when it adds to what its modality predicts of the
// others: by more than twice the standard error over the splits, and by more than a small part of all that can be
// predicted; beyond the candidate before it, and beyond the last one that counted.

/** One number of latents that was tried. Errors are of the other modalities: squares, of other kinds −log p. */
export interface Candidate {
  readonly latents: number;
  /** Mean over the splits, and its standard error. */
  readonly error: number;
  readonly standardError: number;
  /** Share of the error of a constant answer that is taken away; of measurements, of the variance. */
  readonly predicted: number;
  /** How much lower the error is than with one latent fewer, paired by split, and its standard error. */
  readonly gain: number;
  readonly gainStandardError: number;
  /** Whether the last latent adds enough. A latent that does not is unused: nothing in other modalities needs it. */
  readonly counts: boolean;
}

export type Verdict = 'found' | 'largest-tried' | 'nothing-shared';

export interface Recommendation {
  /** 0 where nothing of the other modalities is predicted. */
  readonly recommended: number;
  /** `largest-tried`: even the last candidate's latent counts, so there may be more. */
  readonly verdict: Verdict;
  readonly candidates: readonly Candidate[];
}

/** A gain below this many standard errors may be chance. */
const STANDARD_ERRORS = 2;

/**
 * @param errors held-out error of 0, 1, 2, … latents (0: a constant answer), each of every split
 * @param tolerance part of all that can be predicted that a latent must add
 */
export function recommend(errors: readonly (readonly number[])[], tolerance: number): Recommendation {
  const means = errors.map(meanOf);
  const nothing = means[0];
  const predictable = nothing - Math.min(...means);
  // An error that rises at an unused latent and falls back at the next is no gain: among many candidates chance makes
  // such pairs.
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

/** How much lower the error of more latents is than that of fewer, paired by split. */
function gainOf(fewer: readonly number[], more: readonly number[], least: number) {
  const gains = more.map((error, split) => fewer[split] - error);
  const gain = meanOf(gains);
  const gainStandardError = standardError(gains);
  return { gain, gainStandardError, isEnough: gain > Math.max(STANDARD_ERRORS * gainStandardError, least) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const mean = meanOf(values);
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(square / (values.length - 1) / values.length);
}
