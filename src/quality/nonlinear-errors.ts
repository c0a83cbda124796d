// How well numbers of a modality predict all other modalities' columns, whatever the shape of the relation: errors of
// held-out subjects by kernel ridge regression on training subjects.

import { normalQuantile } from '../graph/special.js';
import { principalComponents, type Components } from '../linear/index.js';
import { column, kernelRidge, selectRows, type Samples } from '../metrics/index.js';
import { observedShares, spreadOver } from './tables.js';
import type { PerSplit, TwoSplits } from './two-splits.js';

/** Kernel matrices grow with the square of the training subjects, their factors with the cube. */
const MAX_TRAINING = 500;
const MAX_HELD_OUT = 1000;
/** Of columns that outnumber them, so many principal components are predicted. */
const MAX_COMPONENTS = 50;
/** Ridge of the kernel matrix; shares hardly change between 3 and 30. */
const ALPHA = 10;

/** Errors of the held-out subjects that were looked at. */
export interface SubjectErrors {
  /** Their positions. */
  readonly heldOut: Int32Array;
  /** Each squared error as a share of all their squares about the training means. R² is 1 − their sum. */
  readonly errors: Float64Array;
}

/**
 * Of observed values only.
 * @param numbers of the same subjects as the columns
 */
export function nonlinearErrors(numbers: PerSplit<Samples>, columns: TwoSplits): SubjectErrors {
  const train = spread(numbers.train.rows, MAX_TRAINING);
  const heldOut = spread(numbers.heldOut.rows, MAX_HELD_OUT);
  const score = scorerOf(numbers.train);
  const k = numbers.train.columns;
  const given = selectRows(columns.filled('train'), train);
  const components = principalComponents(given, MAX_COMPONENTS);
  const predict = kernelRidge(score(selectRows(numbers.train, train)), projected(given, components), {
    alpha: ALPHA,
    gamma: 1 / (2 * k),
  });
  const predicted = predict(score(selectRows(numbers.heldOut, heldOut)));
  const { actual, expected } = columns.heldOut.observed
    ? inColumns(columns, { heldOut, components, predicted })
    : { actual: projected(selectRows(columns.filled('heldOut'), heldOut), components), expected: predicted };
  const errors = new Float64Array(heldOut.length);
  let total = 0;
  actual.values.forEach((value, i) => {
    errors[Math.floor(i / actual.columns)] += (value - expected[i]) ** 2;
    total += value ** 2;
  });
  return { heldOut, errors: errors.map((error) => (total > 0 ? error / total : 0)) };
}

function spread(rows: number, most: number): Int32Array {
  return spreadOver(
    Int32Array.from({ length: rows }, (_, row) => row),
    most,
  );
}

/**
 * Normal scores of a value's place among the training subjects': a latent is known up to a monotone map, and one that
 * stretches must not lose by it.
 */
function scorerOf(train: Samples): (samples: Samples) => Samples {
  const sorted = Array.from({ length: train.columns }, (_, j) => column(train, j).sort());
  return ({ values, rows, columns }) => ({
    values: Float64Array.from(values, (value, i) => {
      const known = sorted[i % columns];
      const place = (firstNotBelow(known, value) + firstAbove(known, value)) / 2;
      return normalQuantile((place + 0.5) / (known.length + 1));
    }),
    rows,
    columns,
  });
}

function firstNotBelow(sorted: Float64Array, value: number): number {
  return firstWhere(sorted, (other) => other >= value);
}

function firstAbove(sorted: Float64Array, value: number): number {
  return firstWhere(sorted, (other) => other > value);
}

/** By bisection. @param holds false, then true along the values */
function firstWhere(sorted: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Scores of the components; those of the training subjects stand for columns, which may outnumber them. */
function projected({ values, rows, columns: width }: Samples, { centre, loadings }: Components): Samples {
  const scores = new Float64Array(rows * loadings.columns);
  const weights = loadings.to2DArray();
  for (let i = 0; i < values.length; i++) {
    const [row, column] = [Math.floor(i / width), i % width];
    const value = values[i] - centre[column];
    const own = weights[column];
    for (let j = 0; j < own.length; j++) scores[row * own.length + j] += value * own[j];
  }
  return { values: scores, rows, columns: loadings.columns };
}

interface Predicted {
  readonly heldOut: Int32Array;
  readonly components: Components;
  /** Held-out subjects × components. */
  readonly predicted: Float64Array;
}

/**
 * Observed values of the held-out subjects less the training means and what is predicted of them; both 0 where one is
 * missing. Components were predicted with missing values at the mean: a column's part grows by what it lacked.
 */
function inColumns(columns: TwoSplits, { heldOut, components: { loadings }, predicted }: Predicted) {
  const { columns: width } = columns.heldOut.samples;
  const shares = observedShares(columns.train);
  const weights = loadings.to2DArray().map((row, c) => row.map((weight) => weight / shares[c]));
  const values = new Float64Array(heldOut.length * width);
  const expected = new Float64Array(values.length);
  const centred = columns.centred('heldOut');
  heldOut.forEach((row, i) => {
    for (let c = 0; c < width; c++) {
      if (columns.heldOut.observed?.[row * width + c] === 0) continue;
      const at = i * width + c;
      values[at] = centred.get(row, c);
      weights[c].forEach((weight, j) => (expected[at] += weight * predicted[i * loadings.columns + j]));
    }
  });
  return { actual: { values, rows: heldOut.length, columns: width }, expected };
}
