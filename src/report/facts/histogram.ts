// The distribution of a latent over subjects, in bins of equal width.

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
  return { low, high, counts, ...shape(values) };
}

function shape(values: Float64Array) {
  const n = values.length;
  let mean = 0;
  for (const value of values) mean += value / n;
  let [second, third, fourth] = [0, 0, 0];
  for (const value of values) {
    const d = value - mean;
    second += (d * d) / n;
    third += d ** 3 / n;
    fourth += d ** 4 / n;
  }
  const sd = Math.sqrt(second);
  return {
    mean,
    sd,
    skewness: sd > 0 ? third / sd ** 3 : 0,
    excessKurtosis: sd > 0 ? fourth / second ** 2 - 3 : 0,
  };
}
