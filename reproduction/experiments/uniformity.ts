// Tests whether p-values are uniform (Kolmogorov–Smirnov).

export interface Uniformity {
  /** Maximal distance of the empirical distribution function from the uniform one. */
  readonly distance: number;
  /** p of the hypothesis that the values are uniform (limiting distribution, corrected by Stephens 1970). */
  readonly p: number;
}

/** Tests p-values. @param ps independent, in [0, 1]; at least one */
export function uniformity(ps: readonly number[]): Uniformity {
  const sorted = [...ps].sort((a, b) => a - b);
  const { length } = sorted;
  const distance = Math.max(...sorted.map((p, i) => Math.max((i + 1) / length - p, p - i / length)));
  const lambda = (Math.sqrt(length) + 0.12 + 0.11 / Math.sqrt(length)) * distance;
  let tail = 0;
  for (let k = 1; k <= 100; k++) tail += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k ** 2 * lambda ** 2);
  // The series converges slowly near λ = 0, where the tail is 1.
  return { distance, p: lambda < 0.2 ? 1 : Math.min(1, Math.max(0, tail)) };
}
