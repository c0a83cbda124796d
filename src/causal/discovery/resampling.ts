// Description of half-samples in results and files. This module is separate so that a reader of files does not load the
// resampling.

/** The units that are divided into halves: rows of the columns, or subjects, to whom a model is then fitted again. */
export const RESAMPLED = ['rows', 'subjects-before-fitting'] as const;

export interface HalfSampling {
  /** Number of half-samples, in pairs of disjoint halves. */
  readonly count: number;
  readonly seed: number;
  readonly resampled: (typeof RESAMPLED)[number];
  /** For subjects before fitting: the share of half-samples in which both folds replicate the subspace of a latent. */
  readonly replicated?: readonly { readonly name: string; readonly share: number }[] | undefined;
}
