// The test of a pair of variables given other variables, over the folds of all splits.

import { normalTwoSided } from '../causal/index.js';
import { partialCovariance, powersOf, type Measured, type PartialCovariance } from './error-aware.js';
import type { Interval } from './interval.js';
import { complete } from './variables.js';
import { mean } from '../metrics/vectors.js';

/** Minimum number of units beyond the number of conditioning variables, for the estimate of the error. */
const SPARE_UNITS = 10;
const MIN_ERROR = 1e-9;
/** Half the width of a 95 % interval, in standard errors. */
const NORMAL_95 = 1.959964;

export interface PooledTest {
  /** Correlation corrected for measurement errors: mean over folds and splits, weighted by precision. */
  readonly correlation: number;
  readonly lower: number;
  readonly upper: number;
  /** Partial correlation of the measured values, with its interval. */
  readonly plain: Interval;
  /** p of conditional independence: the larger of the error-aware and the plain p; 1 if their signs differ. */
  readonly p: number;
  /**
   * False if errors are not known. Then `p` is that of the least favourable reliability, and a large p is no evidence.
   */
  readonly isIdentified: boolean;
  /** p of each fold of the first split. */
  readonly folds: readonly number[];
  /** True if every fold of every split has the sign of `correlation`. */
  readonly hasOneSign: boolean;
}

/** Positions of a pair and of the conditioning variables. */
export interface Question {
  readonly x: number;
  readonly y: number;
  readonly conditioning: readonly number[];
}

/**
 * Tests one pair. Folds of a split test disjoint subjects. Splits test the same subjects again, so their mean z has at
 * most the variance of one split, and p is conservative.
 * @param splits variables by split and fold, always in the same order
 */
export function pooledTest(
  splits: readonly (readonly (readonly Measured[])[])[],
  { x, y, conditioning }: Question,
): PooledTest {
  return pooled(splits.map((folds) => folds.map((variables) => foldCovariance(variables, { x, y, conditioning }))));
}

/**
 * Tests a pair in one fold.
 * @param powers whether curves of the conditioning variables are removed, too
 * @returns undefined if too few units have all variables
 */
export function foldCovariance(
  variables: readonly Measured[],
  { x, y, conditioning }: Question,
  powers = true,
): PartialCovariance | undefined {
  const conditioned = conditioning.map((i) => variables[i]);
  const curves = powers ? conditioned.flatMap(powersOf) : [];
  const known = complete([variables[x], variables[y], ...conditioned, ...curves]);
  if (known[0].whole.length < conditioning.length + SPARE_UNITS) return undefined;
  const first = 2 + conditioning.length;
  return partialCovariance(known[0], known[1], known.slice(2, first), known.slice(first));
}

/** Combines the tests of one pair in the folds of all splits. */
export function pooled(covariances: readonly (readonly (PartialCovariance | undefined)[])[]): PooledTest {
  const all = covariances.flat();
  if (!all.every((one) => one !== undefined)) {
    const nothing = { lower: -1, upper: 1 };
    return {
      correlation: 0,
      ...nothing,
      plain: { estimate: 0, ...nothing },
      p: 1,
      isIdentified: false,
      folds: [],
      hasOneSign: false,
    };
  }
  const aware = meanZ(covariances, ({ z }) => z);
  const plain = meanZ(covariances, ({ plainZ }) => plainZ);
  const interval = (values: readonly number[], errors: readonly number[]): Interval => {
    const { estimate, lower, upper } = pooledInterval(values, errors, covariances.length);
    return { estimate, lower: Math.max(-1, lower), upper: Math.min(1, upper) };
  };
  const { estimate: correlation, ...bounds } = interval(
    all.map((one) => one.correlation),
    all.map((one) => one.correlationError),
  );
  return {
    correlation,
    ...bounds,
    plain: interval(
      all.map((one) => one.plain),
      all.map((one) => one.plainError),
    ),
    p: Math.sign(aware) === Math.sign(plain) ? Math.max(normalTwoSided(aware), normalTwoSided(plain)) : 1,
    isIdentified: all.every((one) => one.isIdentified),
    folds: covariances[0].map((one) => normalTwoSided(one!.z)),
    hasOneSign: all.every((one) => Math.sign(one.z) === Math.sign(correlation)),
  };
}

/**
 * Returns the mean over the folds of all splits, weighted by precision, with its 95 % interval. A fold with nearly
 * uncorrelated forms has a large error and a small weight. Folds are independent, but splits measure the same subjects
 * again.
 */
export function pooledInterval(values: readonly number[], errors: readonly number[], splits: number): Interval {
  const weights = errors.map((error) => 1 / Math.max(error, MIN_ERROR) ** 2);
  const weight = weights.reduce((sum, value) => sum + value, 0);
  const estimate = values.reduce((sum, value, i) => sum + (weights[i] / weight) * value, 0);
  const half = NORMAL_95 * Math.sqrt(splits / weight);
  return { estimate, lower: estimate - half, upper: estimate + half };
}

/** Returns the mean over splits of the z of their folds, which has variance 1 for one split. */
function meanZ(
  splits: readonly (readonly (PartialCovariance | undefined)[])[],
  zOf: (one: PartialCovariance) => number,
): number {
  return mean(splits.map((folds) => folds.reduce((sum, one) => sum + zOf(one!), 0) / Math.sqrt(folds.length)));
}
