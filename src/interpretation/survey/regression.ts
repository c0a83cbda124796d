// Weighted regressions with variances of the survey design: linear, and logistic for outcomes of 0 and 1.

import { inverse, Matrix, solve } from 'ml-matrix';
import { fTail } from '../../causal/discovery/independence/distributions.js';
import type { SurveyDesign } from '../../data/survey.js';
import { InputError } from '../../errors/errors.js';
import { completeRows, figure, type SurveyFigure } from './moments.js';
import { estimated, type Statistic } from './variance.js';

/** `linear`: numbers. `logistic`: 0 and 1; coefficients are log odds ratios. */
export type RegressionKind = 'linear' | 'logistic';

export interface SurveyRegression {
  /** Coefficients of the intercept and of each column. */
  readonly coefficients: readonly SurveyFigure[];
  readonly covariance: Matrix;
  /** Degrees of freedom of the design, less the number of columns. */
  readonly degrees: number;
  readonly rows: number;
}

interface RegressionOptions {
  readonly kind?: RegressionKind | undefined;
  /** 1 for rows that enter the regression. Default: all. */
  readonly domain?: Uint8Array | undefined;
}

/** Relative change of the coefficients at which Newton's method ends. */
const PRECISION = 1e-13;
const MAX_STEPS = 100;

/**
 * Returns the regression of an outcome on columns, in the rows that have all values.
 * @throws InputError `collinear-columns` if a column is a combination of the others, or an outcome is separated
 */
export function surveyRegression(
  design: SurveyDesign,
  outcome: Float64Array,
  columns: readonly Float64Array[],
  { kind = 'linear', domain }: RegressionOptions = {},
): SurveyRegression {
  const rows = completeRows([outcome, ...columns], domain);
  const terms = [new Float64Array(outcome.length).fill(1), ...columns];
  const sampled = design.weights.map((weight, row) => weight * rows[row]);
  const fit = { outcome, terms, kind };
  const statistic: Statistic = {
    estimate: (weights) => coefficientsOf(fit, weights),
    influence: (coefficients) => influences(fit, coefficients, sampled),
  };
  const { estimates, covariance, degrees, rows: count } = estimated(design, rows, statistic);
  const rest = degrees - columns.length;
  return {
    coefficients: estimates.map((estimate, k) => figure(estimate, Math.sqrt(covariance.get(k, k)), rest)),
    covariance,
    degrees: rest,
    rows: count,
  };
}

/** Returns Wald's test that some coefficients are all 0, by the F distribution. */
export function waldTest(
  { coefficients, covariance, degrees }: SurveyRegression,
  tested: readonly number[],
): { readonly f: number; readonly p: number } {
  const values = Matrix.columnVector(tested.map((k) => coefficients[k].estimate));
  const chiSquare = values
    .transpose()
    .mmul(solve(covariance.selection([...tested], [...tested]), values))
    .get(0, 0);
  const f = chiSquare / tested.length;
  return { f, p: degrees > 0 ? fTail(f, tested.length, degrees) : NaN };
}

interface Fit {
  readonly outcome: Float64Array;
  /** Columns with the intercept. */
  readonly terms: readonly Float64Array[];
  readonly kind: RegressionKind;
}

/** Returns the matrix Σ w v x xᵀ and the vector Σ w x (y − μ), and μ of each row with a weight. */
function scoresOf({ outcome, terms, kind }: Fit, coefficients: readonly number[], weights: Float64Array) {
  const size = terms.length;
  const information = Matrix.zeros(size, size);
  const score = Matrix.zeros(size, 1);
  const residuals = new Float64Array(outcome.length);
  for (const [row, weight] of weights.entries()) {
    if (weight === 0) continue;
    const linear = terms.reduce((sum, term, k) => sum + coefficients[k] * term[row], 0);
    const mean = kind === 'linear' ? linear : 1 / (1 + Math.exp(-linear));
    const spread = kind === 'linear' ? 1 : mean * (1 - mean);
    residuals[row] = outcome[row] - mean;
    for (let j = 0; j < size; j++) {
      score.set(j, 0, score.get(j, 0) + weight * residuals[row] * terms[j][row]);
      for (let k = 0; k <= j; k++) {
        information.set(j, k, information.get(j, k) + weight * spread * terms[j][row] * terms[k][row]);
      }
    }
  }
  for (let j = 0; j < size; j++) for (let k = 0; k < j; k++) information.set(k, j, information.get(j, k));
  return { information, score, residuals };
}

function coefficientsOf(fit: Fit, weights: Float64Array): number[] {
  let coefficients = fit.terms.map(() => 0);
  for (let step = 0; step < MAX_STEPS; step++) {
    const { information, score } = scoresOf(fit, coefficients, weights);
    const change = inverseOf(information).mmul(score).to1DArray();
    coefficients = coefficients.map((value, k) => value + change[k]);
    if (!coefficients.every(Number.isFinite)) break;
    if (change.every((value, k) => Math.abs(value) <= PRECISION * (1 + Math.abs(coefficients[k])))) return coefficients;
  }
  throw undetermined();
}

function influences(fit: Fit, coefficients: readonly number[], weights: Float64Array): Float64Array[] {
  const { information, residuals } = scoresOf(fit, coefficients, weights);
  const bread = inverseOf(information);
  return fit.terms.map((_, j) =>
    residuals.map((residual, row) => {
      if (weights[row] === 0) return 0;
      return fit.terms.reduce((sum, term, k) => sum + bread.get(j, k) * term[row] * residual, 0);
    }),
  );
}

/** Returns the inverse of a positive definite matrix of which the scale of each column may differ. */
function inverseOf(information: Matrix): Matrix {
  const scales = information.diagonal().map(Math.sqrt);
  if (scales.some((scale) => !(scale > 0))) throw undetermined();
  const size = scales.length;
  const scaled = Matrix.zeros(size, size);
  for (let j = 0; j < size; j++) {
    for (let k = 0; k < size; k++) scaled.set(j, k, information.get(j, k) / (scales[j] * scales[k]));
  }
  let inverted: Matrix;
  try {
    inverted = inverse(scaled);
  } catch {
    throw undetermined();
  }
  if (!inverted.diagonal().every((value) => value > 0 && value < 1e12)) throw undetermined();
  for (let j = 0; j < size; j++) {
    for (let k = 0; k < size; k++) inverted.set(j, k, inverted.get(j, k) / (scales[j] * scales[k]));
  }
  return inverted;
}

function undetermined(): InputError {
  return new InputError(
    'collinear-columns',
    'The coefficients of a regression are not determined: a column is constant or a combination of the others, or a ' +
      'column separates the two levels of the outcome. Leave columns out.',
  );
}
