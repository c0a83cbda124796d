// The distribution of a latent over subjects, in bins of equal width.

import { moments } from '../../metrics/vectors.js';

export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
  readonly mean: number;
  readonly sd: number;
  readonly skewness: number;
  /** 0 for a normal distribution. */
  readonly excessKurtosis: number;
}

const BINS = 36;

/**
 * Returns the histogram of values. Bins reach from the 0.1 % to the 99.9 % quantile; the outer bins include all values
 * beyond.
 */
export function histogram(values: Float64Array): Histogram {
  const sorted = values.slice().sort();
  const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  let [low, high] = [quantile(0.001), quantile(0.999)];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) {
    counts[Math.max(0, Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS)))]++;
  }
  return { low, high, counts, ...moments(values) };
}
