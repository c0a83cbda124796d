// Weighted means, variances, and correlations of a population, with variances of the survey design.

import type { Matrix } from 'ml-matrix';
import {
  normalTwoSided,
  normalTwoSidedQuantile,
  studentTwoSided,
  studentTwoSidedQuantile,
} from '../../causal/discovery/independence/distributions.js';
import type { SurveyDesign } from '../../data/survey.js';
import { orthonormalBasis, without } from '../../evidence/causes/clustered-regression.js';
import { estimated, type Statistic, type SurveyEstimates } from './variance.js';

/** An estimate with its standard error, and the interval and test that the degrees of freedom of the design give. */
export interface SurveyFigure {
  readonly estimate: number;
  readonly error: number;
  /** Ends of the 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** P value of an estimate of 0; NaN without degrees of freedom. */
  readonly p: number;
}

/** Returns 1 for the rows of a domain that have values of all columns. */
export function completeRows(columns: readonly Float64Array[], domain?: Uint8Array): Uint8Array {
  const rows = new Uint8Array(columns[0].length);
  for (let row = 0; row < rows.length; row++) {
    rows[row] = Number((domain?.[row] ?? 1) === 1 && columns.every((column) => !Number.isNaN(column[row])));
  }
  return rows;
}

/** Returns the means of columns, in the rows that have all of them. */
export function surveyMeans(
  design: SurveyDesign,
  columns: readonly Float64Array[],
  domain?: Uint8Array,
): SurveyEstimates {
  const rows = completeRows(columns, domain);
  return estimated(design, rows, meansOf(columns, rows, design.weights));
}

/**
 * Returns the variances and covariances of columns (n − 1), in the rows that have all of them: the upper triangle of
 * their matrix by rows.
 */
export function surveyVariances(
  design: SurveyDesign,
  columns: readonly Float64Array[],
  domain?: Uint8Array,
): SurveyEstimates {
  const rows = completeRows(columns, domain);
  return estimated(design, rows, variancesOf(columns, rows));
}

/** Returns the correlation of two columns. Interval and test use Fisher's z. */
export function surveyCorrelation(
  design: SurveyDesign,
  [first, second]: readonly [Float64Array, Float64Array],
  domain?: Uint8Array,
): SurveyFigure & { readonly degrees: number; readonly rows: number } {
  const rows = completeRows([first, second], domain);
  const correlation = estimated(design, rows, correlationOf([first, second], rows));
  const [estimate] = correlation.estimates;
  const error = Math.sqrt(correlation.covariance.get(0, 0));
  return { ...fisher(estimate, error, correlation.degrees), rows: correlation.rows };
}

/**
 * Returns the correlation of two columns given other columns: that of what linear regressions on these leave. The
 * interval and the test have as many degrees of freedom less.
 */
export function surveyPartialCorrelation(
  design: SurveyDesign,
  [first, second]: readonly [Float64Array, Float64Array],
  conditioning: readonly Float64Array[],
): SurveyFigure & { readonly degrees: number; readonly rows: number } {
  const rows = completeRows([first, second, ...conditioning]);
  const residuals = (weights: Float64Array) =>
    [first, second].map((column) => weightedResiduals(column, conditioning, weights)) as [Float64Array, Float64Array];
  const sampled = design.weights.map((weight, row) => weight * rows[row]);
  const statistic: Statistic = {
    estimate: (weights) => correlationOf(residuals(weights), rows).estimate(weights),
    // Residuals are orthogonal to the conditioning columns, so the influence of the regressions vanishes.
    influence: (estimates) => {
      const of = correlationOf(residuals(sampled), rows);
      of.estimate(sampled);
      return of.influence(estimates);
    },
  };
  const { estimates, covariance, degrees, rows: count } = estimated(design, rows, statistic);
  const error = Math.sqrt(covariance.get(0, 0));
  return { ...fisher(estimates[0], error, degrees - conditioning.length), rows: count };
}

/** Returns the residuals of a weighted regression with an intercept; 0 in rows without a weight. */
function weightedResiduals(
  column: Float64Array,
  conditioning: readonly Float64Array[],
  weights: Float64Array,
): Float64Array {
  const roots = weights.map(Math.sqrt);
  const scaled = (values: Float64Array) => values.map((value, row) => (roots[row] > 0 ? roots[row] * value : 0));
  const basis = orthonormalBasis([roots, ...conditioning.map(scaled)]);
  return without(scaled(column), basis).map((value, row) => (roots[row] > 0 ? value / roots[row] : 0));
}

/** Returns the interval and the test of a correlation by Fisher's z. The error of z follows from that of r. */
function fisher(estimate: number, error: number, degrees: number): SurveyFigure & { readonly degrees: number } {
  const z = figure(Math.atanh(estimate), error / (1 - estimate ** 2), degrees);
  return { ...z, estimate, error, low: Math.tanh(z.low), high: Math.tanh(z.high), degrees };
}

/** Returns the interval and the test of an estimate. @param degrees infinite for a normal distribution */
export function figure(estimate: number, error: number, degrees: number): SurveyFigure {
  if (!(degrees > 0)) return { estimate, error, low: NaN, high: NaN, p: NaN };
  const quantile = degrees === Infinity ? normalTwoSidedQuantile(0.05) : studentTwoSidedQuantile(0.05, degrees);
  return {
    estimate,
    error,
    low: estimate - quantile * error,
    high: estimate + quantile * error,
    p: degrees === Infinity ? normalTwoSided(estimate / error) : studentTwoSided(estimate / error, degrees),
  };
}

/**
 * Returns the ratio of the variance of a mean to that of a simple random sample of the same number of rows (Kish, with
 * replacement).
 */
export function designEffect({ covariance, rows }: SurveyEstimates, variance: number): number {
  return covariance.get(0, 0) / (variance / rows);
}

/** Returns the number of equally weighted subjects with the same variance of a mean (Kish). */
export function effectiveSize(weights: Float64Array): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const squares = weights.reduce((total, weight) => total + weight * weight, 0);
  return squares > 0 ? sum ** 2 / squares : 0;
}

function meanOf(values: Float64Array, weights: Float64Array): number {
  let [sum, total] = [0, 0];
  for (const [row, weight] of weights.entries()) {
    if (weight === 0) continue;
    sum += weight * values[row];
    total += weight;
  }
  return sum / total;
}

function meansOf(columns: readonly Float64Array[], rows: Uint8Array, sampling: Float64Array): Statistic {
  return {
    estimate: (weights) => columns.map((column) => meanOf(column, weights)),
    influence: (means) => {
      const total = totalOf(sampling, rows);
      return columns.map((column, k) => column.map((value, row) => (rows[row] === 1 ? (value - means[k]) / total : 0)));
    },
  };
}

function totalOf(weights: Float64Array, rows: Uint8Array): number {
  return weights.reduce((sum, weight, row) => sum + (rows[row] === 1 ? weight : 0), 0);
}

/** Returns the products of deviations from weighted means of each pair of columns, by rows of the upper triangle. */
function products(columns: readonly Float64Array[], weights: Float64Array): Float64Array[] {
  const centred = columns.map((column) => {
    const mean = meanOf(column, weights);
    return column.map((value) => value - mean);
  });
  return centred.flatMap((a, j) => centred.slice(j).map((b) => a.map((value, row) => value * b[row])));
}

function variancesOf(columns: readonly Float64Array[], rows: Uint8Array): Statistic {
  let sampling: Float64Array | undefined;
  const estimate = (weights: Float64Array): number[] => {
    sampling ??= weights;
    const scale = bessel(sampling);
    return products(columns, weights).map((product) => scale * meanOf(product, weights));
  };
  return {
    estimate,
    // The influence of the means vanishes.
    influence: (variances) => {
      const weights = sampling!;
      const [scale, total] = [bessel(weights), totalOf(weights, rows)];
      return products(columns, weights).map((product, k) =>
        product.map((value, row) => (rows[row] === 1 ? (scale * value - variances[k]) / total : 0)),
      );
    },
  };
}

/** Returns n / (n − 1) of the rows with a weight. */
function bessel(weights: Float64Array): number {
  const count = weights.reduce((sum, weight) => sum + Number(weight !== 0), 0);
  return count / (count - 1);
}

function correlationOf(columns: readonly [Float64Array, Float64Array], rows: Uint8Array): Statistic {
  const variances = variancesOf(columns, rows);
  let all: readonly number[] = [];
  return {
    estimate: (weights) => {
      const [xx, xy, yy] = variances.estimate(weights);
      if (all.length === 0) all = [xx, xy, yy];
      return [xy / Math.sqrt(xx * yy)];
    },
    influence: ([r]) => {
      const [xx, , yy] = all;
      const [ofXx, ofXy, ofYy] = variances.influence(all);
      return [ofXy.map((value, row) => value / Math.sqrt(xx * yy) - (r / 2) * (ofXx[row] / xx + ofYy[row] / yy))];
    },
  };
}

/** Returns the standard errors of estimates. */
export function errorsOf({ covariance }: { readonly covariance: Matrix }): number[] {
  return covariance.diagonal().map(Math.sqrt);
}
