// KCI by random Fourier features (Rahimi & Recht 2007): the randomized conditional independence test (RCIT) and,
// without S, the randomized independence test (Strobl, Zhang & Visweswaran 2019). Time is linear in the number of rows.

import { checkOptions } from '../../../errors/argument.js';
import { checkSeed } from '../../../random/seed.js';
import { seedKey, uniforms } from '../../../random/streams.js';
import { checkColumnShapes, completeRows, type DataColumn } from '../columns.js';
import { gammaTail } from './distributions.js';
import type { IndependenceTest, TestResult } from './independence.js';
import { crossProduct, standardised, type KernelFactor } from './kernel-factor.js';
import { tooFewRows } from './kci.js';
import { regression } from './ridge-regression.js';

/** Number of features of x and of y, and of S. */
const FEATURES = 5;
const FEATURES_CONDITIONING = 100;
/** Must be well above the number of features of S, otherwise these would explain everything. */
const MIN_ROWS = 2 * FEATURES_CONDITIONING;
/** Kernel widths are medians of the distances between this many rows. */
const WIDTH_ROWS = 250;
/** Added to the variances of the features of S. */
const RIDGE = 1e-10;
/** First of three Philox streams: frequencies and phases of the features of x, of y and of S. */
const STREAM = 0x72636974;

interface RcitOptions {
  /** Seed of the random features; 0 when left out. The same seed gives the same p-values. */
  readonly seed?: number;
}

/**
 * Returns the RCIT test on numeric columns. The earlier column of x and y is combined with S. Each test uses the rows
 * where all of its variables are present. The null distribution is the gamma approximation of Satterthwaite and Welch.
 * @throws InputError `invalid-option`; its `test` throws InputError `too-few-rows`, `constant-column`
 */
export function rcit(columns: readonly DataColumn[], options: RcitOptions = {}): IndependenceTest {
  checkColumnShapes('rcit: columns', columns);
  checkOptions('rcit', options, { seed: 'number' });
  const { seed = 0 } = options;
  checkSeed(seed);
  const key = seedKey(seed);

  /** Returns the features √2 cos(ω·point / width + φ), scaled to mean 0 and variance 1. */
  function features(points: readonly Float64Array[], count: number, role: number): KernelFactor {
    const rows = points[0].length;
    const draws = points.map((_, dimension) => normals(uniforms(key, STREAM + role, dimension, 2 * count)));
    const phases = uniforms(key, STREAM + role, points.length, count);
    const width = medianDistance(points);
    const values = new Float64Array(count * rows);
    for (let j = 0; j < count; j++) {
      const feature = values.subarray(j * rows, (j + 1) * rows).fill(2 * Math.PI * phases[j]);
      for (const [dimension, coordinate] of points.entries()) {
        const frequency = draws[dimension][j] / width;
        for (let i = 0; i < rows; i++) feature[i] += frequency * coordinate[i];
      }
      for (let i = 0; i < rows; i++) feature[i] = Math.cos(feature[i]);
      scale(feature);
    }
    return { rows, rank: count, columns: values };
  }

  function test(x: number, y: number, conditioning: readonly number[]): TestResult {
    const order = [x, y, ...conditioning];
    const rows = completeRows(columns, order);
    if (rows.length < MIN_ROWS) throw tooFewRows(columns, order, rows.length, MIN_ROWS);
    const [first, second, ...conditioningValues] = order.map((i) => standardised(columns[i], rows));
    const one = features([first, ...conditioningValues], FEATURES, 0);
    const other = features([second], FEATURES, 1);
    if (conditioningValues.length === 0) return { p: productTail(one, other), rows: rows.length };
    const residual = regression(features(conditioningValues, FEATURES_CONDITIONING, 2), RIDGE * rows.length);
    return { p: productTail(residual(one), residual(other)), rows: rows.length };
  }

  return { variables: columns, resolution: 0, test };
}

/**
 * Returns the p-value of n ‖cov(a, b)‖². Its null distribution is Σ λ_i χ²₁ with the eigenvalues λ of the covariance of
 * the products of features.
 */
function productTail(a: KernelFactor, b: KernelFactor): number {
  const { rows } = a;
  const products = new Float64Array(a.rank * b.rank * rows);
  let statistic = 0;
  for (let i = 0, at = 0; i < a.rank; i++) {
    for (let j = 0; j < b.rank; j++) {
      let sum = 0;
      for (let row = 0, p = i * rows, q = j * rows; row < rows; row++) {
        const product = a.columns[p++] * b.columns[q++];
        products[at++] = product;
        sum += product;
      }
      statistic += sum ** 2 / rows;
    }
  }
  const count = a.rank * b.rank;
  const factor = { rows, rank: count, columns: products };
  const covariance = crossProduct(factor, factor).map((value) => value / rows);
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) mean += covariance[i * count + i];
  for (const value of covariance) squares += value * value;
  return gammaTail(statistic, mean, 2 * squares);
}

/** Returns standard normal numbers, one for every two uniform numbers (Box & Muller 1958). */
function normals(uniform: Float64Array): Float64Array {
  return Float64Array.from(
    { length: uniform.length / 2 },
    (_, i) => Math.sqrt(-2 * Math.log(uniform[2 * i])) * Math.cos(2 * Math.PI * uniform[2 * i + 1]),
  );
}

/** Returns the median distance between the first rows; 1 if the median is 0. */
function medianDistance(points: readonly Float64Array[]): number {
  const count = Math.min(WIDTH_ROWS, points[0].length);
  const squares = new Float64Array((count * (count - 1)) / 2);
  for (let i = 0, at = 0; i < count; i++) {
    for (let j = 0; j < i; j++, at++) for (const point of points) squares[at] += (point[i] - point[j]) ** 2;
  }
  squares.sort();
  const middle = (squares.length - 1) / 2;
  const median = (Math.sqrt(squares[Math.floor(middle)]) + Math.sqrt(squares[Math.ceil(middle)])) / 2;
  return median > 0 ? median : 1;
}

/** Scales a feature to mean 0 and variance 1, in place. A constant feature becomes 0. */
function scale(feature: Float64Array): void {
  const average = feature.reduce((sum, value) => sum + value, 0) / feature.length;
  const deviation = Math.sqrt(feature.reduce((sum, value) => sum + (value - average) ** 2, 0) / feature.length);
  for (let i = 0; i < feature.length; i++) feature[i] = deviation > 1e-12 ? (feature[i] - average) / deviation : 0;
}
