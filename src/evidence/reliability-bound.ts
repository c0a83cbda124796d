// Correlation of two variables given variables whose measurement errors are not known. Each of these is assumed to have
// a reliability of at least 0.7 in every direction, and the least favourable reliability is used. The true covariance
// C* of the conditioning variables then lies between 0.7 C and C (in the order of quadratic forms). Therefore the
// covariance that they explain, C(x, s) C*⁻¹ C(s, y), has a maximum in closed form
// (docs/explanation/evidence-statistics.md).

import { inverse, Matrix } from 'ml-matrix';
import { MIN_RELIABILITY } from '../causal/discovery/link-power.js';
import type { TwoForms } from './forms.js';
import { dot, mean } from '../metrics/vectors.js';

/** A variable with a smaller residual variance counts as fully explained. */
const MIN_VARIANCE = 0.01;
/** Step of the numerical derivative by a covariance; all variables have variance 1. */
const STEP = 1e-5;

export interface BoundedCovariance {
  /** Residual correlation of x and y; 0 if the conditioning variables can explain it. */
  readonly correlation: number;
  readonly error: number;
  /** `correlation` in standard errors. */
  readonly z: number;
}

/**
 * Returns the residual correlation under the least favourable reliability.
 * @param unknown one or more conditioning variables with unknown errors, by unit as x and y
 * @param known further conditioning variables with known errors, which are removed; both forms are the same if there is
 *   no error. The reliability of `unknown` is that given these
 */
export function boundedCovariance(
  x: Float64Array,
  y: Float64Array,
  unknown: readonly Float64Array[],
  known: readonly TwoForms[] = [],
): BoundedCovariance {
  const values = [x, y, ...unknown, ...known.map(({ a }) => a), ...known.map(({ b }) => b)].map(standardised);
  const units = x.length;
  const covariances = new Matrix(values.map((u) => values.map((v) => dot(u, v) / units)));
  const first = 2 + unknown.length;
  const sign = Math.sign(residualCorrelation(covariances, first, 0));
  const correlation = residualCorrelation(covariances, first, sign);
  const influence = new Float64Array(units);
  for (const [i, u] of values.entries()) {
    for (const [j, v] of values.entries()) {
      if (j > i) continue;
      const slope = slopeOf(covariances, (moved) => residualCorrelation(moved, first, sign), [i, j]);
      for (let unit = 0; unit < units; unit++) influence[unit] += slope * u[unit] * v[unit];
    }
  }
  const middle = mean(influence);
  const variance = influence.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, units - 1);
  const error = Math.sqrt(variance / units);
  if (correlation * sign <= 0) return { correlation: 0, error, z: 0 };
  return { correlation, error, z: error > 0 ? correlation / error : 0 };
}

/**
 * Returns the correlation of x and y that the other variables do not explain.
 * @param first number of variables before the forms, including x and y
 * @param sign 1 or −1: they explain the maximum of a correlation of this sign; 0: they are measured without error
 */
function residualCorrelation(all: Matrix, first: number, sign: number): number {
  const covariances = without(all, first);
  // Forms can remove more than the variance; then the residual is 0.
  const scales = covariances.diagonal().map((variance) => (variance > MIN_VARIANCE ? 1 / Math.sqrt(variance) : 0));
  const correlations = covariances.clone().mulRowVector(scales).mulColumnVector(scales);
  const last = correlations.rows - 1;
  const between = inverse(correlations.subMatrix(2, last, 2, last), true);
  const [toX, toY] = [0, 1].map((i) => correlations.subMatrix(2, last, i, i));
  const product = (u: Matrix, v: Matrix): number => u.transpose().mmul(between).mmul(v).get(0, 0);
  const explained = product(toX, toY);
  const plain = correlations.get(0, 1) - explained;
  if (sign === 0) return plain;
  // 0 ⪯ D ⪯ m: the maximum of u′ D v is m (u′v + |u| |v|) / 2.
  const bound = 1 / MIN_RELIABILITY - 1;
  const lengths = Math.sqrt(Math.max(0, product(toX, toX) * product(toY, toY)));
  return plain - (bound / 2) * (explained + sign * lengths);
}

/** Returns the covariances of the first variables given the rest, corrected for the errors of the rest. */
function without(all: Matrix, first: number): Matrix {
  const count = (all.rows - first) / 2;
  if (count === 0) return all.clone();
  const [a, b] = [first, first + count];
  const block = (rows: number, columns: number): Matrix =>
    all.subMatrix(rows, rows + count - 1, columns, columns + count - 1);
  const across = (form: number): Matrix => all.subMatrix(0, first - 1, form, form + count - 1);
  const explained = across(b)
    .mmul(inverse(block(a, b), true))
    .mmul(across(a).transpose());
  const both = Matrix.add(explained, explained.transpose()).mul(0.5);
  return Matrix.sub(all.subMatrix(0, first - 1, 0, first - 1), both);
}

function slopeOf(covariances: Matrix, of: (moved: Matrix) => number, [i, j]: readonly [number, number]): number {
  const [above, below] = [STEP, -STEP].map((step) => {
    const moved = covariances.clone();
    moved.set(i, j, moved.get(i, j) + step);
    if (i !== j) moved.set(j, i, moved.get(j, i) + step);
    return of(moved);
  });
  return (above - below) / (2 * STEP);
}

function standardised(values: Float64Array): Float64Array {
  const middle = mean(values);
  const deviations = values.map((value) => value - middle);
  const scale = Math.sqrt(dot(deviations, deviations) / values.length) || 1;
  return deviations.map((value) => value / scale);
}
