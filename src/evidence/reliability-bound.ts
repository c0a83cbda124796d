// How two variables go together given others whose measurement errors are not known. Each of these is assumed to have a
// reliability of at least 0.7 in every direction; the least favourable one is taken. The true covariance C* of what is
// conditioned on then lies between 0.7 C and C (in the order of quadratic forms), so that what it explains of the
// covariance, C(x, s) C*⁻¹ C(s, y), has a largest value in closed form (docs/evidence-statistics.md).

import { inverse, Matrix } from 'ml-matrix';
import type { TwoForms } from './cross-fit.js';
import { dot, mean } from './vectors.js';

/**
 * Least reliability, the share of a measured latent's variance that is the latent's: what is customarily asked of a
 * scale (Nunnally 1978).
 */
export const MIN_RELIABILITY = 0.7;
/** Variance below which nothing is left of a variable. */
const MIN_VARIANCE = 0.01;
/** Step of the derivative by a covariance; all variables have variance 1. */
const STEP = 1e-5;

export interface BoundedCovariance {
  /** What is left of the correlation of x and y; 0 if the others can explain it. */
  readonly correlation: number;
  readonly error: number;
  /** `correlation` in standard errors. */
  readonly z: number;
}

/**
 * @param unknown one or more whose errors are not known, by unit as x and y
 * @param known conditioned on as well, with their errors taken out; twice the same form where there is none. The
 *   reliability of the others is that given these
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
  const sign = Math.sign(leftOver(covariances, first, 0));
  const correlation = leftOver(covariances, first, sign);
  const influence = new Float64Array(units);
  for (const [i, u] of values.entries()) {
    for (const [j, v] of values.entries()) {
      if (j > i) continue;
      const slope = slopeOf(covariances, (moved) => leftOver(moved, first, sign), [i, j]);
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
 * Returns the correlation of x and y without what the others explain.
 * @param first how many variables come before the forms, x and y among them
 * @param sign 1 or −1: the most that they can explain of a correlation of this sign; 0: what they explain if they are
 *   measured without error
 */
function leftOver(all: Matrix, first: number, sign: number): number {
  const covariances = without(all, first);
  // Forms can take out more than there is: then nothing is left.
  const scales = covariances.diagonal().map((variance) => (variance > MIN_VARIANCE ? 1 / Math.sqrt(variance) : 0));
  const correlations = covariances.clone().mulRowVector(scales).mulColumnVector(scales);
  const last = correlations.rows - 1;
  const between = inverse(correlations.subMatrix(2, last, 2, last), true);
  const [toX, toY] = [0, 1].map((i) => correlations.subMatrix(2, last, i, i));
  const product = (u: Matrix, v: Matrix): number => u.transpose().mmul(between).mmul(v).get(0, 0);
  const explained = product(toX, toY);
  const plain = correlations.get(0, 1) - explained;
  if (sign === 0) return plain;
  // 0 ⪯ D ⪯ m: the largest u′ D v is m (u′v + |u| |v|) / 2.
  const most = 1 / MIN_RELIABILITY - 1;
  const lengths = Math.sqrt(Math.max(0, product(toX, toX) * product(toY, toY)));
  return plain - (most / 2) * (explained + sign * lengths);
}

/** Returns the covariances of the first variables given what the others measure, without the errors of these. */
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
  const own = values.map((value) => value - middle);
  const scale = Math.sqrt(dot(own, own) / values.length) || 1;
  return own.map((value) => value / scale);
}
