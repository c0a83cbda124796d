// Combinations of dependent p-values: those of folds, of repeated splits, and of several statistics of one fold
// (docs/explanation/evidence.md).

import { normalTwoSided, normalTwoSidedQuantile } from '../causal/discovery/independence/distributions.js';

/** Maximum p-value in a score: p = 1 has the score −∞, which no other p-value could compensate. */
const MAX = 1 - 1e-3;
/** The same for Cauchy scores, which grow faster: a p-value of 0.001 stays small next to two tests with p near 1. */
const MAX_OF_CAUCHY = 0.99;
const TINY = 1e-12;
/**
 * Correlation of normal scores under independence. The two folds of a split are correlated because each trains the
 * model that the other one tests; folds of different splits share subjects (docs/explanation/evidence-statistics.md).
 * If a modality has one column, both folds fit models to that column and make nearly the same errors.
 */
const WITHIN_SPLIT = 0.2;
const WITHIN_SPLIT_OF_NARROW = [0.6, 0.5, 0.35] as const;
const BETWEEN_SPLITS = 0.12;

/**
 * Returns the Cauchy combination of p-values that may depend on each other (Liu & Xie 2020, equation 2).
 * @param ps in (0, 1]; the result is 1 if there are none
 */
export function cauchy(ps: readonly number[]): number {
  if (ps.length === 0) return 1;
  const mean = ps.reduce((sum, p) => sum + cauchyScore(p), 0) / ps.length;
  return mean > 1 / (Math.PI * TINY) ? 1 / (Math.PI * mean) : 0.5 - Math.atan(mean) / Math.PI;
}

/** Returns the standard Cauchy quantile of 1 − p. */
function cauchyScore(p: number): number {
  if (p < TINY) return 1 / (Math.PI * Math.max(p, 1e-300));
  return Math.tan((0.5 - Math.min(p, MAX_OF_CAUCHY)) * Math.PI);
}

/**
 * Combines the p-values of the folds of repeated splits: the sum of their normal scores (Stouffer et al. 1949), divided
 * by its standard deviation under independence (Strube 1985). Several rather small p-values give a small one.
 * @param splits by split: p of each fold, in (0, 1]; the result is 1 if there are none
 * @param columns number of columns of the narrower of the two modalities
 */
export function combineFolds(splits: readonly (readonly number[])[], columns = Infinity): number {
  const scores = splits.flat().map(normalScore);
  if (scores.length === 0) return 1;
  const pairsWithin = splits.reduce((sum, { length }) => sum + length * (length - 1), 0);
  const pairsBetween = scores.length * (scores.length - 1) - pairsWithin;
  const within = WITHIN_SPLIT_OF_NARROW[columns - 1] ?? WITHIN_SPLIT;
  const variance = scores.length + within * pairsWithin + BETWEEN_SPLITS * pairsBetween;
  const z = scores.reduce((sum, score) => sum + score, 0) / Math.sqrt(variance);
  return z > 0 ? normalTwoSided(z) / 2 : 1 - normalTwoSided(z) / 2;
}

/** Returns the standard normal quantile of 1 − p. */
function normalScore(p: number): number {
  if (p > 0.5) return -normalScore(1 - Math.min(p, MAX));
  return p === 0.5 ? 0 : normalTwoSidedQuantile(2 * Math.max(p, 1e-300));
}

/**
 * Returns the p-value of a sum of independent p-values (Edgington 1972). It is small if all of them are rather small.
 * @param ps in [0, 1]; the result is 1 if there are none
 */
export function edgington(ps: readonly number[]): number {
  const count = ps.length;
  if (count === 0) return 1;
  const sum = ps.reduce((total, p) => total + p, 0);
  let tail = 0;
  // This is the distribution function of the Irwin–Hall distribution.
  for (let k = 0, binomial = 1, sign = 1; k <= Math.floor(sum); k++, sign = -sign) {
    tail += sign * binomial * (sum - k) ** count;
    binomial = (binomial * (count - k)) / (k + 1);
  }
  let factorial = 1;
  for (let k = 2; k <= count; k++) factorial *= k;
  return Math.min(1, Math.max(0, tail / factorial));
}
