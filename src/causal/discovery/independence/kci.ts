// The kernel test of (conditional) independence (Zhang, Peters, Janzing & Schölkopf 2011, theorem 4 and proposition 5),
// for relations of any shape, with the gamma null distribution. kernel-choices.ts has the decisions that the paper
// leaves open.

import { checkOptions } from '../../../errors/argument.js';
import { InputError } from '../../../errors/errors.js';
import { checkColumnShapes, completeRows, type DataColumn } from '../columns.js';
import { gammaTail } from './distributions.js';
import { exactMoments } from './exact-moments.js';
import type { IndependenceTest, TestResult } from './independence.js';
import { kernelSettings, type KernelChoice } from './kernel-choices.js';
import { centre, crossProduct, factorKernel, standardised, type KernelFactor } from './kernel-factor.js';
import { residualMoments, ridgeBasis, type RidgeBasis } from './kernel-moments.js';
import { RecentlyUsed } from './recently-used.js';

/**
 * Maximum share of the trace that the factor of a kernel may lose; the error of p has this order of magnitude. The
 * kernel of S is divided by ε, so its factor must be more accurate.
 */
const TOLERANCE = 1e-4;
const TOLERANCE_CONDITIONING = 1e-6;
/** Tolerance of both if everything is computed in double precision. */
const EXACT = 1e-12;
const MIN_ROWS = 10;
const CACHED_FACTORS = 32;
const CACHED_BASES = 4;

export interface KciOptions {
  /**
   * Makes the decisions in which another program differs from this one as that program does: `causal-learn`, or some of
   * its choices.
   */
  readonly compatibility?: 'causal-learn' | readonly KernelChoice[];
}

/**
 * Returns the KCI test on numeric columns. The earlier column of x and y is combined with S, as in the paper. Each test
 * uses the rows where all of its variables are present.
 * @throws InputError `unknown-compatibility`; its `test` throws InputError `too-few-rows`, `constant-column`;
 *   DeviceError `native-missing`
 */
export function kci(columns: readonly DataColumn[], options: KciOptions = {}): IndependenceTest {
  checkColumnShapes('kci: columns', columns);
  checkOptions('kci', options, { compatibility: 'anything' });
  const settings = kernelSettings(options.compatibility);
  const { spread, ridge, isExact } = settings;
  const hasMissing = columns.map(({ values }) => values.some(Number.isNaN));
  const factors = new RecentlyUsed<KernelFactor>(CACHED_FACTORS);
  const bases = new RecentlyUsed<RidgeBasis>(CACHED_BASES);

  function test(x: number, y: number, conditioning: readonly number[]): TestResult {
    const order = [x, y, ...conditioning];
    const rows = completeRows(columns, order);
    const { length } = rows;
    if (length < MIN_ROWS) throw tooFewRows(columns, order, length, MIN_ROWS);
    // With missing values, rows differ from test to test, so factors cannot be shared.
    const isShared = !order.some((i) => hasMissing[i]);
    const remember = (key: string, make: () => KernelFactor) => (isShared ? factors.get(key, make) : make());
    const values = (i: number) => standardised(columns[i], rows, settings.lostDegrees);
    const tolerance = length * (isExact ? EXACT : TOLERANCE);
    if (conditioning.length === 0) {
      const precision = precisionOf(length, UNCONDITIONAL_WIDTHS);
      const [first, second] = [x, y].map((i) =>
        remember(`${i}`, () => centred(factorKernel([values(i)], precision, tolerance))),
      );
      return { p: unconditional(first, second), rows: length };
    }
    const conditioningValues = conditioning.map(values);
    const kernel = (points: readonly Float64Array[], share: number) =>
      factorKernel(points, precisionOf(length, CONDITIONAL_WIDTHS) / spread(points.length, conditioning.length), share);
    const first = remember(`${x} with ${conditioning.join()}`, () =>
      centred(kernel([values(x), ...conditioningValues.map((other) => other.map((value) => value / 2))], tolerance)),
    );
    const second = remember(`${y} without ${spread(1, conditioning.length)}`, () =>
      centred(kernel([values(y)], tolerance)),
    );
    const predictors = () => {
      const factor = kernel(conditioningValues, length * (isExact ? EXACT : TOLERANCE_CONDITIONING));
      return settings.isConditioningCentred ? centred(factor) : factor;
    };
    const regress = () => ridgeBasis(predictors(), ridge);
    const { statistic, mean, variance } = isExact
      ? exactMoments([first, second, predictors()], settings)
      : residualMoments(first, second, isShared ? bases.get(conditioning.join(), regress) : regress());
    return { p: gammaTail(statistic, mean, variance), rows: length };
  }

  return { variables: columns, resolution: 0, test };
}

/** Widths of Gaussian kernels on standardised data for fewer than 200 rows, fewer than 1,200 rows, and more. */
const UNCONDITIONAL_WIDTHS = [0.8, 0.5, 0.3];
const CONDITIONAL_WIDTHS = [1.2, 0.7, 0.4];

function precisionOf(rows: number, widths: readonly number[]): number {
  return widths[rows < 200 ? 0 : rows < 1200 ? 1 : 2] ** -2;
}

function centred(factor: KernelFactor): KernelFactor {
  centre(factor);
  return factor;
}

/** Compares tr(Kx Ky) with a gamma variable of mean tr Kx tr Ky / n and variance 2 ‖Kx‖² ‖Ky‖² / n². */
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
    `this test needs at least ${minRows} rows without missing values; ${rows} rows have all of ${names}. ` +
      'Leave out the column with most missing values or choose another test',
  );
}
