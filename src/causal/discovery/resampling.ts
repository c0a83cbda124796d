// How half-samples were made, as answers and files say it; apart from the making, so that whoever reads a file loads
// none of that.

/** What is halved: rows of the columns as they are; or subjects, to whom a model is then fitted anew. */
export const RESAMPLED = ['rows', 'subjects-before-fitting'] as const;

export interface HalfSampling {
  /** Half-samples, in pairs of disjoint halves. */
  readonly count: number;
  readonly seed: number;
  readonly resampled: (typeof RESAMPLED)[number];
  /** Of subjects before fitting: the share of half-samples whose two folds replicate the subspace of a latent. */
  readonly replicated?: readonly { readonly name: string; readonly share: number }[] | undefined;
}
