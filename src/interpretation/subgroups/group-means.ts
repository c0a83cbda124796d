// Means of groups, and the test that they are equal: Welch's, or with covariates that of a regression on the groups and
// the covariates, with robust standard errors.

import { inverse, Matrix } from 'ml-matrix';
import { fTail } from '../../causal/discovery/independence/distributions.js';
import { differenceOf, interval95, meanOf, welchTest, type EqualityTest, type Interval95 } from './equality.js';
import { designOf, regress } from './robust-regression.js';

export interface ComparedMeans {
  /** Mean of each group with its interval; at the mean of the covariates if there are some. */
  readonly intervals: readonly Interval95[];
  /** Difference of each group but the first from the first one. */
  readonly differences: readonly Interval95[];
  readonly test: EqualityTest;
}

/**
 * Compares the means of groups.
 * @param groups position of the group of each value, from 0
 * @returns undefined if covariates determine a group, or nothing varies
 */
export function compareMeans(
  values: Float64Array,
  groups: ArrayLike<number>,
  count: number,
  covariates: readonly Float64Array[],
): ComparedMeans | undefined {
  return covariates.length > 0
    ? adjustedMeans(values, groups, count, covariates)
    : plainMeans(Array.from({ length: count }, (_, g) => values.filter((_value, row) => groups[row] === g)));
}

function plainMeans(groups: readonly Float64Array[]): ComparedMeans | undefined {
  const figures = groups.map((values) => {
    const estimate = meanOf(values);
    const squares = values.reduce((sum, value) => sum + (value - estimate) ** 2, 0);
    return { estimate, variance: squares / (values.length - 1) / values.length, degrees: values.length - 1 };
  });
  const test = welchTest(figures);
  const [first, ...otherFigures] = figures;
  return (
    test && {
      intervals: figures.map(interval95),
      differences: otherFigures.map((other) => differenceOf(first, other)),
      test,
    }
  );
}

function adjustedMeans(
  values: Float64Array,
  groups: ArrayLike<number>,
  count: number,
  covariates: readonly Float64Array[],
): ComparedMeans | undefined {
  const constant = new Float64Array(values.length).fill(1);
  const centred = covariates.map((column) => {
    const mean = meanOf(column);
    return column.map((value) => value - mean);
  });
  const indicators = Array.from({ length: count - 1 }, (_, g) =>
    values.map((_value, row) => Number(groups[row] === g + 1)),
  );
  const design = designOf([constant, ...centred, ...indicators]);
  const tested = indicators.map((_, g) => design.positions.indexOf(1 + centred.length + g));
  const { coefficients, covariance, degrees } = regress(design, values);
  if (tested.includes(-1) || degrees < 1) return undefined;
  const estimates = tested.map((k) => coefficients[k]);
  const variances = covariance(tested);
  if (!variances.diagonal().every((variance) => variance > 0)) return undefined;
  const all = covariance([0, ...tested]);
  const intervals = [0, ...estimates].map((difference, g) => {
    const variance = all.get(0, 0) + (g > 0 ? all.get(g, g) + 2 * all.get(0, g) : 0);
    return interval95({ estimate: coefficients[0] + difference, variance, degrees });
  });
  const column = Matrix.columnVector(estimates);
  const statistic = column.transpose().mmul(inverse(variances, true)).mmul(column).get(0, 0) / tested.length;
  return {
    intervals,
    differences: estimates.map((estimate, k) => interval95({ estimate, variance: variances.get(k, k), degrees })),
    test: { statistic, degrees: [tested.length, degrees], p: fTail(statistic, tested.length, degrees) },
  };
}
