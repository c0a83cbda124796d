// The correlation of two variables in one group, on the scale of Fisher's z, with a variance that holds without normal
// distributions.

import { orthonormalBasis, without } from '../../evidence/causes/clustered-regression.js';
import { interval95, type GroupFigure, type Interval95 } from './equality.js';

/** Minimum share of the variance of a variable that covariates leave. */
const MIN_LEFT = 1e-12;

/**
 * Returns Fisher's z of the partial correlation of two columns given covariates, with its jackknife variance (Miller
 * 1974). Undefined if covariates leave nothing, or if the columns are the same.
 */
export function groupCorrelation(
  first: Float64Array,
  second: Float64Array,
  covariates: readonly Float64Array[],
): GroupFigure | undefined {
  const constant = new Float64Array(first.length).fill(1);
  const basis = orthonormalBasis([constant, ...covariates]);
  const [a, b] = [first, second].map((column) => without(column, basis));
  const n = a.length;
  const [aa, ab, bb] = [dot(a, a), dot(a, b), dot(b, b)];
  if (!(aa > MIN_LEFT * dot(first, first) && bb > MIN_LEFT * dot(second, second))) return undefined;
  const all = Math.atanh(ab / Math.sqrt(aa * bb));
  // Sums without a row, around the means without it: Σ x y − n / (n − 1) x y.
  const factor = n / (n - 1);
  const left = Float64Array.from(a, (x, row) => {
    const y = b[row];
    return Math.atanh((ab - factor * x * y) / Math.sqrt((aa - factor * x * x) * (bb - factor * y * y)));
  });
  const mean = left.reduce((sum, z) => sum + z, 0) / n;
  const squares = left.reduce((sum, z) => sum + (z - mean) ** 2, 0);
  const degrees = n - basis.length - 1;
  // The residuals vary less than the variables, by the degrees of freedom of the covariates.
  const variance = (((n - 1) / n) * squares * (n - 1)) / (n - basis.length);
  return Number.isFinite(all) && Number.isFinite(variance) ? { estimate: all, variance, degrees } : undefined;
}

/** Returns the interval of a correlation. */
export function correlationInterval(z: GroupFigure): Interval95 {
  const { estimate, lower, upper } = interval95(z);
  return { estimate: Math.tanh(estimate), lower: Math.tanh(lower), upper: Math.tanh(upper) };
}

/**
 * Returns the difference of two correlations with the interval of Zou (2007), which follows from the intervals of both.
 */
export function correlationDifference(first: GroupFigure, other: GroupFigure): Interval95 {
  const [a, b] = [correlationInterval(first), correlationInterval(other)];
  const estimate = b.estimate - a.estimate;
  return {
    estimate,
    lower: estimate - Math.hypot(b.estimate - b.lower, a.upper - a.estimate),
    upper: estimate + Math.hypot(b.upper - b.estimate, a.estimate - a.lower),
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
