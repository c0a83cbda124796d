// Random numbers and comparisons for tests. The generator is independent of the one of the package.

/** Returns a generator of numbers in [0, 1) from a seed (known as mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Returns a generator of standard normal numbers (Box & Muller 1958), each from two uniform ones. */
export function normals(next: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** Returns `count` uniform numbers between `low` and `high`. */
export function uniforms(count: number, next: () => number, [low, high]: readonly [number, number]): Float64Array {
  return new Float64Array(count).map(() => low + (high - low) * next());
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/** Returns the largest |a − b| / (1 + |b|); Infinity if exactly one of both is NaN. */
export function worstError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < b.length; i++) {
    if (Number.isNaN(a[i]) && Number.isNaN(b[i])) continue;
    if (a[i] === b[i]) continue;
    const error = Math.abs(a[i] - b[i]) / (1 + Math.abs(b[i]));
    worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
  }
  return worst;
}

/** Returns the largest difference relative to the largest magnitude of the expected values (at least 1). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [scale, error] = [1, 0];
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]));
    const difference = Math.abs(actual[i] - expected[i]);
    error = Number.isNaN(difference) ? Infinity : Math.max(error, difference);
  }
  return error / scale;
}

/** Rounds values to numbers that single precision represents exactly. */
export function single(values: Float64Array): Float64Array {
  return values.map(Math.fround);
}
