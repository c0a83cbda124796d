// The columns that describe a latent.

/** A column and its correlation with a latent. */
export interface Companion {
  readonly modality: string;
  readonly column: string;
  /** Rank correlation over the subjects who have both, −1 to 1. */
  readonly rho: number;
}
