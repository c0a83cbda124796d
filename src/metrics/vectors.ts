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
