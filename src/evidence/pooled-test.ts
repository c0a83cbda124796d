// The test of a pair of variables given others, over the folds of all splits.

import { normalTwoSided } from '../causal/index.js';
import { partialCovariance, powersOf, type Measured, type PartialCovariance } from './error-aware.js';
import type { Interval } from './interval.js';
import { complete } from './variables.js';
import { mean } from './vectors.js';

/** A unit more than variables and these leaves something to estimate an error from. */
const SPARE_UNITS = 10;
const MIN_ERROR = 1e-9;
/** Half the width of a 95 % interval, in standard errors. */
const NORMAL_95 = 1.959964;

export interface PooledTest {
  /** Correlation without measurement errors, mean over folds and splits by their precision. */
  readonly correlation: number;
  readonly lower: number;
  readonly upper: number;
  /** Correlation of what was measured, with its interval. */
  readonly plain: Interval;
  /** Of no relation given the others: the larger of the error-aware and the plain one; 1 where their signs differ. */
  readonly p: number;
  /** False where errors are not known: `p` is then that of the least favourable reliability; a large one says nothing. */
  readonly isIdentified: boolean;
  /** p of each fold of the first split. */
  readonly folds: readonly number[];
  /** True if every fold of every split has the sign of `correlation`. */
  readonly hasOneSign: boolean;
}

/** Positions of a pair and of what is conditioned on. */
export interface Question {
  readonly x: number;
  readonly y: number;
  readonly given: readonly number[];
}

/**
 * Tests one pair. Folds of a split test disjoint subjects; splits test the same ones again, so that their mean z has at
 * most the variance of one: p errs upward.
 * @param splits by split and fold the variables, in one order
 */
export function pooledTest(
  splits: readonly (readonly (readonly Measured[])[])[],
  { x, y, given }: Question,
): PooledTest {
  const found = splits.map((folds) =>
    folds.map((variables) => {
      const others = given.map((i) => variables[i]);
      const own = complete([variables[x], variables[y], ...others, ...others.flatMap(powersOf)]);
      if (own[0].whole.length < given.length + SPARE_UNITS) return undefined;
      const powers = 2 + given.length;
      return partialCovariance(own[0], own[1], own.slice(2, powers), own.slice(powers));
    }),
  );
  const all = found.flat();
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
  const aware = meanZ(found, ({ z }) => z);
  const plain = meanZ(found, ({ plainZ }) => plainZ);
  const interval = (values: readonly number[], errors: readonly number[]): Interval => {
    // A fold in which forms hardly go together has a large error, and counts for little.
    const weights = errors.map((error) => 1 / Math.max(error, MIN_ERROR) ** 2);
    const weight = weights.reduce((sum, own) => sum + own, 0);
    const estimate = values.reduce((sum, value, i) => sum + (weights[i] / weight) * value, 0);
    // Folds are independent; splits measure the same subjects again.
    const half = NORMAL_95 * Math.sqrt(found.length / weight);
    return { estimate, lower: Math.max(-1, estimate - half), upper: Math.min(1, estimate + half) };
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
    folds: found[0].map((one) => normalTwoSided(one!.z)),
    hasOneSign: all.every((one) => Math.sign(one.z) === Math.sign(correlation)),
  };
}

/** Returns the mean over splits of their folds' z, which has variance 1 for one split. */
function meanZ(
  splits: readonly (readonly (PartialCovariance | undefined)[])[],
  zOf: (one: PartialCovariance) => number,
): number {
  return mean(splits.map((folds) => folds.reduce((sum, one) => sum + zOf(one!), 0) / Math.sqrt(folds.length)));
}
