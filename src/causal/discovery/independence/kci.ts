// The kernel test of (conditional) independence (Zhang, Peters, Janzing & Schölkopf 2011, theorem 4 and proposition 5),
// for relations of any shape. Kernel widths, the ridge and the gamma null distribution are the defaults of
// causal-learn.

import { InputError } from '../../../errors.js';
import { checkColumnShapes, completeRows, type DataColumn } from '../columns.js';
import { gammaTail } from './distributions.js';
import type { IndependenceTest, TestResult } from './independence.js';
import { centre, crossProduct, factorKernel, standardised, type KernelFactor } from './kernel-factor.js';
import { residualMoments, ridgeBasis, type RidgeBasis } from './kernel-moments.js';
import { RecentlyUsed } from './recently-used.js';

/** ε of the regression on S. */
const RIDGE = 0.01;
/**
 * Share of its trace that a kernel's factor may lack; the error of p is of that order. The kernel of S is divided by ε,
 * so it must be closer.
 */
const TOLERANCE = 1e-4;
const TOLERANCE_GIVEN = 1e-6;
const MIN_ROWS = 10;
const CACHED_FACTORS = 32;
const CACHED_BASES = 4;

/**
 * KCI on numeric columns. Of x and y, the earlier column is taken together with S, as in the paper. Missing values:
 * each test uses the rows where its own variables are present.
 * @throws its `test` throws InputError `too-few-rows`, `constant-column`; DeviceError `native-missing`
 */
export function kci(columns: readonly DataColumn[]): IndependenceTest {
  checkColumnShapes('kci: columns', columns);
  const hasMissing = columns.map(({ values }) => values.some(Number.isNaN));
  const factors = new RecentlyUsed<KernelFactor>(CACHED_FACTORS);
  const bases = new RecentlyUsed<RidgeBasis>(CACHED_BASES);

  function test(x: number, y: number, given: readonly number[]): TestResult {
    const order = [x, y, ...given];
    const rows = completeRows(columns, order);
    if (rows.length < MIN_ROWS) throw tooFewRows(columns, order, rows.length, MIN_ROWS);
    // Where values are missing, rows differ from test to test, so factors cannot be shared.
    const isShared = !order.some((i) => hasMissing[i]);
    const remember = (key: string, make: () => KernelFactor) => (isShared ? factors.get(key, make) : make());
    const values = (i: number) => standardised(columns[i], rows);
    if (given.length === 0) {
      const [first, second] = [x, y].map((i) => remember(`${i}`, () => marginal(values(i))));
      return { p: unconditional(first, second), rows: rows.length };
    }
    const precision = (dimensions: number) => precisionOf(rows.length, CONDITIONAL_WIDTHS) / dimensions;
    const tolerance = TOLERANCE * rows.length;
    const others = given.map(values);
    const regress = () =>
      ridgeBasis(factorKernel(others, precision(given.length), TOLERANCE_GIVEN * rows.length), RIDGE);
    const basis = isShared ? bases.get(given.join(), regress) : regress();
    const first = remember(`${x} with ${given.join()}`, () => {
      const points = [values(x), ...others.map((other) => other.map((value) => value / 2))];
      return centred(factorKernel(points, precision(points.length), tolerance));
    });
    const second = remember(`${y} without`, () => centred(factorKernel([values(y)], precision(1), tolerance)));
    const { statistic, mean, variance } = residualMoments(first, second, basis);
    return { p: gammaTail(statistic, mean, variance), rows: rows.length };
  }

  return { variables: columns, resolution: 0, test };
}

/** Widths of Gaussian kernels on standardised data: below 200 rows, below 1,200, above. */
const UNCONDITIONAL_WIDTHS = [0.8, 0.5, 0.3];
const CONDITIONAL_WIDTHS = [1.2, 0.7, 0.4];

function precisionOf(rows: number, widths: readonly number[]): number {
  return widths[rows < 200 ? 0 : rows < 1200 ? 1 : 2] ** -2;
}

function marginal(values: Float64Array): KernelFactor {
  const { length } = values;
  return centred(factorKernel([values], precisionOf(length, UNCONDITIONAL_WIDTHS), TOLERANCE * length));
}

function centred(factor: KernelFactor): KernelFactor {
  centre(factor);
  return factor;
}

/** tr(Kx Ky) beside a gamma variable of mean tr Kx tr Ky / n and variance 2 ‖Kx‖² ‖Ky‖² / n². */
function unconditional(first: KernelFactor, second: KernelFactor): number {
  const { rows } = first;
  const traces = [first, second].map(({ columns }) => sumOfSquares(columns));
  const norms = [first, second].map((factor) => sumOfSquares(crossProduct(factor, factor)));
  const statistic = sumOfSquares(crossProduct(first, second));
  return gammaTail(statistic, (traces[0] * traces[1]) / rows, (2 * norms[0] * norms[1]) / rows ** 2);
}

function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

export function tooFewRows(
  columns: readonly DataColumn[],
  order: readonly number[],
  rows: number,
  minRows: number,
): InputError {
  const names = order.map((i) => columns[i].name).join(', ');
  return new InputError(
    'too-few-rows',
    `this test needs at least ${minRows} rows without missing values; ${rows} have all of ${names}. ` +
      'Leave out the sparsest or choose another test',
  );
}
