// Test of a context and a column in linear models with normal noise: is the regression of the column on the
// conditioning variables the same in both environments? It compares intercept and slopes (Chow 1960, as Wilks' Λ with
// Bartlett's correction) and the variances of the residuals (Bartlett 1937). The two statistics are independent if the
// mechanism is the same.

import { InputError } from '../../../errors/errors.js';
import { completeRows, type DataColumn } from '../columns.js';
import { chiSquareTail } from './distributions.js';
import type { IndependenceTest, TestResult } from './independence.js';

/** Minimum share of the variance of a predictor outside the span of the earlier ones. */
const INDEPENDENT = 1e-9;

/** The residual sum of squares of a regression, and the number of its coefficients. */
interface Fit {
  readonly residual: number;
  readonly rank: number;
}

/** Means and centred products of the conditioning variables and, last, of the response. */
interface Moments {
  readonly rows: number;
  readonly means: Float64Array;
  /** Size × size, row-major. */
  readonly products: Float64Array;
}

/**
 * Returns the test of contexts with columns. Positions are those of the columns and, after them, the contexts. The
 * other variables of a test must be columns.
 * @param contexts columns of 0 for the reference, 1 for the environment, and NaN for all other rows
 * @throws its `test` throws InputError `too-few-rows`
 */
export function sameMechanism(columns: readonly DataColumn[], contexts: readonly DataColumn[]): IndependenceTest {
  const variables = [...columns, ...contexts];
  const scaled = variables.map((variable, i) => (i < columns.length ? standardised(variable) : variable));

  function test(x: number, y: number, conditioning: readonly number[]): TestResult {
    const [context, response] = x >= columns.length ? [x, y] : [y, x];
    const order = [...conditioning, response];
    const present = completeRows(scaled, [...order, context]);
    const { values } = scaled[context];
    const [zero, one] = [0, 1].map((code) =>
      momentsOf(
        scaled,
        order,
        present.filter((row) => values[row] === code),
      ),
    );
    const [a, b, both] = [zero, one, pooled(zero, one)].map(fitOf);
    const [freeA, freeB] = [zero.rows - a.rank, one.rows - b.rank];
    if (freeA < 1 || freeB < 1) throw tooFew(variables, [...order, context], [zero.rows, one.rows]);
    const free = freeA + freeB;
    const restrictions = a.rank + b.rank - both.rank;
    const within = a.residual + b.residual;
    const coefficients = (free + restrictions / 2 - 1) * Math.log(both.residual / within);
    const variances =
      (free * Math.log(within / free) - freeA * Math.log(a.residual / freeA) - freeB * Math.log(b.residual / freeB)) /
      (1 + (1 / freeA + 1 / freeB - 1 / free) / 3);
    // Without residuals in both environments, equal coefficients leave no difference.
    const statistic =
      within > 0 ? Math.max(0, coefficients) + Math.max(0, variances) : both.residual > 0 ? Infinity : 0;
    return { p: chiSquareTail(statistic, restrictions + 1), rows: present.length };
  }

  return { variables, resolution: 0, test };
}

/** Returns the column with mean 0 and variance 1, so that units do not matter. */
function standardised(column: DataColumn): DataColumn {
  const present = column.values.filter((value) => !Number.isNaN(value));
  const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
  const deviation = Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present.length) || 1;
  return { ...column, values: column.values.map((value) => (value - mean) / deviation) };
}

function momentsOf(columns: readonly DataColumn[], order: readonly number[], rows: Int32Array): Moments {
  const size = order.length;
  const read = order.map((i) => columns[i].values);
  const means = new Float64Array(size);
  for (const row of rows) for (let i = 0; i < size; i++) means[i] += read[i][row] / rows.length;
  const products = new Float64Array(size * size);
  for (const row of rows) {
    for (let i = 0; i < size; i++) {
      const deviation = read[i][row] - means[i];
      for (let j = 0; j <= i; j++) products[i * size + j] += deviation * (read[j][row] - means[j]);
    }
  }
  return { rows: rows.length, means, products };
}

function pooled(one: Moments, other: Moments): Moments {
  const rows = one.rows + other.rows;
  const size = one.means.length;
  const share = (one.rows * other.rows) / rows;
  const products = one.products.map((product, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return product + other.products[at] + share * (one.means[i] - other.means[i]) * (one.means[j] - other.means[j]);
  });
  return { rows, means: one.means, products };
}

/** Regresses the last variable on all others by a Cholesky decomposition that leaves out dependent predictors. */
function fitOf({ means: { length: size }, products }: Moments): Fit {
  const factor = new Float64Array(size * size);
  let rank = 1;
  for (let i = 0; i < size; i++) {
    const total = products[i * size + i];
    let residual = total;
    for (let j = 0; j < i; j++) {
      const pivot = factor[j * size + j];
      if (pivot === 0) continue;
      let rest = products[i * size + j];
      for (let k = 0; k < j; k++) rest -= factor[i * size + k] * factor[j * size + k];
      rest /= pivot;
      factor[i * size + j] = rest;
      residual -= rest * rest;
    }
    const isDetermined = !(residual > INDEPENDENT * total);
    if (i === size - 1) return { residual: isDetermined ? 0 : residual, rank };
    if (isDetermined) continue;
    factor[i * size + i] = Math.sqrt(residual);
    rank++;
  }
  return { residual: 0, rank };
}

function tooFew(variables: readonly DataColumn[], which: readonly number[], counts: readonly number[]): InputError {
  const names = which.map((i) => variables[i].name);
  return new InputError(
    'too-few-rows',
    `a test of ${names.join(', ')} needs more rows: ${counts[0]} of the reference and ${counts[1]} of the ` +
      'environment have no missing values. Leave out the level or the column with most missing values, or lower ' +
      'maxConditioning',
  );
}
