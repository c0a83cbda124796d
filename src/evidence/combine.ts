// Combinations of p-values that depend on each other: those of folds, of repeated splits, and of several statistics of
// one fold (docs/evidence.md).

/** A p-value of 1 has the score −∞, which no other could make up for; a smaller one is told apart by its logarithm. */
const LARGEST = 1 - 1e-3;
const TINY = 1e-12;

/**
 * Returns the Cauchy combination of p-values that may depend on each other (Liu & Xie 2020, equation 2).
 * @param ps in (0, 1]; 1 is returned for none
 */
export function cauchy(ps: readonly number[]): number {
  if (ps.length === 0) return 1;
  const mean = ps.reduce((sum, p) => sum + cauchyScore(p), 0) / ps.length;
  return mean > 1 / (Math.PI * TINY) ? 1 / (Math.PI * mean) : 0.5 - Math.atan(mean) / Math.PI;
}

/** Returns the standard Cauchy quantile of 1 − p. */
function cauchyScore(p: number): number {
  if (p < TINY) return 1 / (Math.PI * Math.max(p, 1e-300));
  return Math.tan((0.5 - Math.min(p, LARGEST)) * Math.PI);
}

/**
 * Returns the p-value of a sum of independent p-values (Edgington 1972): small where all of them are rather small.
 * @param ps in [0, 1]; 1 is returned for none
 */
export function edgington(ps: readonly number[]): number {
  const count = ps.length;
  if (count === 0) return 1;
  const sum = ps.reduce((total, p) => total + p, 0);
  let tail = 0;
  // The distribution function of the Irwin–Hall distribution.
  for (let k = 0, binomial = 1, sign = 1; k <= Math.floor(sum); k++, sign = -sign) {
    tail += sign * binomial * (sum - k) ** count;
    binomial = (binomial * (count - k)) / (k + 1);
  }
  let factorial = 1;
  for (let k = 2; k <= count; k++) factorial *= k;
  return Math.min(1, Math.max(0, tail / factorial));
}
