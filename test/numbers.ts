// Random numbers and comparisons for tests; the generator is independent of the package's own.

/** Numbers in [0, 1) from a seed (the generator is known as mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal numbers (Box & Muller 1958), of two uniform ones each. */
export function normals(next: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

export function uniforms(count: number, next: () => number, [low, high]: readonly [number, number]): Float64Array {
  return new Float64Array(count).map(() => low + (high - low) * next());
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/** Largest |a − b| / (1 + |b|); Infinity where one is NaN and the other not. */
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

/** Largest difference, relative to the largest magnitude of the expected values (at least 1). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [scale, error] = [1, 0];
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]));
    const difference = Math.abs(actual[i] - expected[i]);
    error = Number.isNaN(difference) ? Infinity : Math.max(error, difference);
  }
  return error / scale;
}

/** Values that single precision holds exactly. */
export function single(values: Float64Array): Float64Array {
  return values.map(Math.fround);
}
