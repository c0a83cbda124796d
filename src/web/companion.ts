// What a latent is said to stand for.

/** A column, and how it goes with a latent. */
export interface Companion {
  readonly modality: string;
  readonly column: string;
  /** Rank correlation over the subjects who have both, −1 to 1. */
  readonly rho: number;
}
