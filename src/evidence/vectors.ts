// Sums over units that all tests share.

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

export function centred(values: Float64Array): Float64Array {
  const middle = mean(values);
  const own = new Float64Array(values.length);
  for (let i = 0; i < own.length; i++) own[i] = values[i] - middle;
  return own;
}

/** True if not all values are the same. */
export function varies(values: Float64Array): boolean {
  return values.some((value) => value !== values[0]);
}

/** Returns how many different values there are beside NaN, at most `most`. */
export function levelsOf(values: Float64Array, most: number): number {
  const seen = new Set<number>();
  for (const value of values) {
    if (!Number.isNaN(value)) seen.add(value);
    if (seen.size === most) break;
  }
  return seen.size;
}
