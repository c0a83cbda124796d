// Sums over vectors.

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Returns the mean and the standard deviation, which divides by the number of values. */
export function meanAndSd(values: ArrayLike<number>): { readonly mean: number; readonly sd: number } {
  const middle = mean(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - middle) ** 2;
  return { mean: middle, sd: Math.sqrt(squares / values.length) };
}

/** Returns mean, standard deviation, skewness and excess kurtosis; the latter two are 0 for constant values. */
export function moments(values: ArrayLike<number>) {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i] / n;
  let [second, third, fourth] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const d = values[i] - mean;
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

export function centred(values: Float64Array): Float64Array {
  const middle = mean(values);
  const result = new Float64Array(values.length);
  for (let i = 0; i < result.length; i++) result[i] = values[i] - middle;
  return result;
}

/** True if not all values are the same. */
export function varies(values: Float64Array): boolean {
  return values.some((value) => value !== values[0]);
}

/** Returns the number of different values except NaN, counted up to `limit`. */
export function levelsOf(values: Float64Array, limit: number): number {
  const seen = new Set<number>();
  for (const value of values) {
    if (!Number.isNaN(value)) seen.add(value);
    if (seen.size === limit) break;
  }
  return seen.size;
}
