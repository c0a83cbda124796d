// Tests of linear models: partial correlations, the analysis of variance, and tests of several columns together. They
// equal those of R's lm, anova, cor.test, and manova (test/golden/make_associations.R).

import { determinant, Matrix } from 'ml-matrix';
import { fTail, normalTwoSidedQuantile, studentTwoSided } from '../../causal/discovery/independence/distributions.js';
import { orthonormalBasis, without } from '../../evidence/causes/clustered-regression.js';
import { averageRanks } from '../../metrics/correlation.js';

export interface LinearTest {
  /** Partial correlation, partial η², or partial R². */
  readonly estimate: number;
  /** 95 % interval of a correlation. */
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
  /** t or F. */
  readonly statistic: number;
  readonly degrees: readonly number[];
  readonly p: number;
}

const Z = normalTwoSidedQuantile(0.05);

/** Returns what a constant and some columns leave of other columns, with the number of dimensions that they take. */
function leftOf(columns: readonly Float64Array[], covariates: readonly Float64Array[]) {
  const constant = new Float64Array(columns[0].length).fill(1);
  const basis = orthonormalBasis([constant, ...covariates]);
  return { rest: columns.map((column) => without(column, basis)), taken: basis.length };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * Returns the partial correlation of two columns given covariates; undefined if one of them has no variance left.
 * @param isRanked Spearman's correlation: the columns are ranked first
 */
export function partialCorrelation(
  first: Float64Array,
  second: Float64Array,
  covariates: readonly Float64Array[],
  isRanked = false,
): LinearTest | undefined {
  const both = isRanked ? [averageRanks(first), averageRanks(second)] : [first, second];
  const { rest, taken } = leftOf(both, covariates);
  const squares = rest.map((column) => dot(column, column));
  const degrees = first.length - taken - 1;
  if (degrees < 1 || squares.some((square, i) => square <= 1e-12 * centredSquare(both[i]))) return undefined;
  const r = Math.max(-1, Math.min(1, dot(rest[0], rest[1]) / Math.sqrt(squares[0] * squares[1])));
  const statistic = r * Math.sqrt(degrees / (1 - r * r));
  const z = Math.atanh(r);
  // Fisher's interval; for ranks with the variance of Bonett & Wright (2000).
  const error = (Z * Math.sqrt(isRanked ? 1 + r ** 2 / 2 : 1)) / Math.sqrt(Math.max(1, degrees - 1));
  return {
    ...{ estimate: r, lower: Math.tanh(z - error), upper: Math.tanh(z + error) },
    ...{ statistic, degrees: [degrees], p: studentTwoSided(statistic, degrees) },
  };
}

function centredSquare(column: Float64Array): number {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  return column.reduce((sum, value) => sum + (value - mean) ** 2, 0) || Infinity;
}

/**
 * Returns the F test of some columns in a regression of `y` on them and covariates, with the share of the variance that
 * covariates leave and the columns explain. Undefined if no column adds anything, or no degree of freedom is left.
 */
export function jointTest(
  y: Float64Array,
  columns: readonly Float64Array[],
  covariates: readonly Float64Array[],
): LinearTest | undefined {
  const constant = new Float64Array(y.length).fill(1);
  const basis = orthonormalBasis([constant, ...covariates, ...columns]);
  const before = basis.filter(({ position }) => position <= covariates.length);
  const tested = basis.length - before.length;
  const degrees = y.length - basis.length;
  const rest = without(y, before);
  const whole = dot(rest, rest);
  if (tested < 1 || degrees < 1 || whole <= 1e-12 * centredSquare(y)) return undefined;
  const left = without(y, basis);
  const residual = dot(left, left);
  const statistic = (whole - residual) / tested / (residual / degrees);
  return {
    estimate: 1 - residual / whole,
    ...{ statistic, degrees: [tested, degrees], p: fTail(statistic, tested, degrees) },
  };
}

/**
 * Returns Wilks's test of some columns in a regression of several variables on them and covariates, with F of Rao
 * (1951). The estimate is 1 − Λ, for one variable the partial η². It does not depend on the axes of the variables.
 */
export function wilksTest(
  variables: readonly Float64Array[],
  columns: readonly Float64Array[],
  covariates: readonly Float64Array[],
): LinearTest | undefined {
  const constant = new Float64Array(variables[0].length).fill(1);
  const basis = orthonormalBasis([constant, ...covariates, ...columns]);
  const before = basis.filter(({ position }) => position <= covariates.length);
  const tested = basis.length - before.length;
  const degrees = variables[0].length - basis.length;
  const width = orthonormalBasis([constant, ...variables]).length - 1;
  if (tested < 1 || degrees < variables.length || width < variables.length) return undefined;
  const products = (directions: typeof basis) => {
    const rest = variables.map((variable) => without(variable, directions));
    return new Matrix(rest.map((one) => rest.map((other) => dot(one, other))));
  };
  const lambda = determinant(products(basis)) / determinant(products(before));
  const squares = width ** 2 + tested ** 2 - 5;
  const s = squares > 0 ? Math.sqrt(((width * tested) ** 2 - 4) / squares) : 1;
  const first = width * tested;
  const second = (degrees - (width - tested + 1) / 2) * s - (first - 2) / 2;
  const root = lambda ** (1 / s);
  const statistic = ((1 - root) / root) * (second / first);
  return { estimate: 1 - lambda, statistic, degrees: [first, second], p: fTail(statistic, first, second) };
}
