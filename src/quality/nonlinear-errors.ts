// Errors of the prediction of all other columns from features of a modality, for relations of any shape: errors of
// held-out subjects by kernel ridge regression on training subjects.

import { normalQuantile } from '../graph/special.js';
import { principalComponents, type Components } from '../linear/index.js';
import { column, kernelRidge, selectRows, type Samples } from '../metrics/index.js';
import { observedShares, spreadOver } from './tables.js';
import type { PerSplit, TwoSplits } from './two-splits.js';

/**
 * Maximum numbers of subjects: kernel matrices grow with the square of training subjects, their factors with the cube.
 */
const MAX_TRAINING = 500;
const MAX_HELD_OUT = 1000;
/** Maximum number of predicted principal components of the columns. */
const MAX_COMPONENTS = 50;
/** Ridge of the kernel matrix. Results hardly change between 3 and 30. */
const ALPHA = 10;
/** Errors of the compared held-out subjects. */
export interface SubjectErrors {
  /** Positions of the subjects. */
  readonly heldOut: Int32Array;
  /** Squared error of each subject, as a share of all squares about the training means. R² is 1 − their sum. */
  readonly errors: Float64Array;
}

/**
 * Returns errors over observed values only.
 * @param features features of the same subjects as the columns
 */
export function nonlinearErrors(features: PerSplit<Samples>, columns: TwoSplits): SubjectErrors {
  const train = spread(features.train.rows, MAX_TRAINING);
  const heldOut = spread(features.heldOut.rows, MAX_HELD_OUT);
  const score = scorerOf(features.train);
  const k = features.train.columns;
  const trainColumns = selectRows(columns.filled('train'), train);
  const components = principalComponents(trainColumns, MAX_COMPONENTS);
  const predict = kernelRidge(score(selectRows(features.train, train)), projected(trainColumns, components), {
    alpha: ALPHA,
    gamma: 1 / (2 * k),
  });
  const predicted = predict(score(selectRows(features.heldOut, heldOut)));
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

function spread(rows: number, limit: number): Int32Array {
  return spreadOver(
    Int32Array.from({ length: rows }, (_, row) => row),
    limit,
  );
}

/**
 * Returns a function that maps values to normal scores of their ranks among the training values. A latent is known up
 * to a monotone map, which must not affect its score.
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

/** Returns the first position by bisection. @param holds false, then true along the values */
function firstWhere(sorted: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Returns scores of principal components, which replace columns that may outnumber the training subjects. */
function projected({ values, rows, columns: width }: Samples, { centre, loadings }: Components): Samples {
  const scores = new Float64Array(rows * loadings.columns);
  const weights = loadings.to2DArray();
  for (let i = 0; i < values.length; i++) {
    const [row, column] = [Math.floor(i / width), i % width];
    const value = values[i] - centre[column];
    const loading = weights[column];
    for (let j = 0; j < loading.length; j++) scores[row * loading.length + j] += value * loading[j];
  }
  return { values: scores, rows, columns: loadings.columns };
}

interface Predicted {
  readonly heldOut: Int32Array;
  readonly components: Components;
  /** Predicted components, held-out subjects × components. */
  readonly predicted: Float64Array;
}

/**
 * Returns observed values of the held-out subjects minus the training means, and their predictions; both are 0 for a
 * missing value. Components were computed with missing values at the mean, so the weights of a column are divided by
 * its share of observed values.
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
