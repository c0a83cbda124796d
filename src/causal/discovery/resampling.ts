// How resamples were made, as answers and files say it; apart from the making, so that whoever reads a file loads none
// of that.

/** What is drawn: rows of the columns as they are; or subjects, from whom all latents are then fitted anew. */
export const RESAMPLED = ['rows', 'subjects-before-fitting'] as const;

export interface Resampling {
  readonly resamples: number;
  readonly seed: number;
  readonly resampled: (typeof RESAMPLED)[number];
  /** Of subjects before fitting: the share of resamples in which both halves found the fitted model's latent again. */
  readonly foundAgain?: readonly { readonly name: string; readonly share: number }[] | undefined;
}
