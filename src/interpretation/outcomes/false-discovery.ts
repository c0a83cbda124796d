// The false discovery rate of a family of tests (Benjamini & Hochberg 1995).

/**
 * Returns q of each p: among the tests with at most this q, the expected share of false ones is at most q. NaN stays
 * NaN and is no test.
 */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  const order = [...ps.keys()].filter((i) => !Number.isNaN(ps[i])).sort((a, b) => ps[b] - ps[a]);
  const qs = ps.map(() => NaN);
  let min = 1;
  for (const [place, i] of order.entries()) {
    min = Math.min(min, (ps[i] * order.length) / (order.length - place));
    qs[i] = min;
  }
  return qs;
}
