// How well numbers of a modality predict all other modalities' columns, whatever the shape of the relation: errors of
// held-out subjects by kernel ridge regression on training subjects.

import { normalQuantile } from '../graph/special.js';
import { principalComponents } from '../linear/index.js';
import { column, kernelRidge, selectRows, type Samples } from '../metrics/index.js';
import { spreadOver } from './tables.js';
import type { PerPart, TwoParts } from './two-parts.js';

/** Kernel matrices grow with the square of the training subjects, their factors with the cube. */
const MOST_TRAINING = 500;
const MOST_HELD_OUT = 1000;
/** Of columns that outnumber them, so many principal components are predicted. */
const MOST_COMPONENTS = 50;
/** Ridge of the kernel matrix; shares hardly change between 3 and 30. */
const ALPHA = 10;

/**
 * By held-out subject: its squared error as a share of all held-out subjects' squares about the training means, so that
 * R² is 1 − their sum.
 * @param numbers of the same subjects as the columns
 */
export function nonlinearErrors(numbers: PerPart<Samples>, columns: TwoParts): Float64Array {
  const train = spread(numbers.train.rows, MOST_TRAINING);
  const heldOut = spread(numbers.heldOut.rows, MOST_HELD_OUT);
  const score = scorerOf(numbers.train);
  const k = numbers.train.columns;
  const targets = componentsOf(columns, train, heldOut);
  const predict = kernelRidge(score(selectRows(numbers.train, train)), targets.train, {
    alpha: ALPHA,
    gamma: 1 / (2 * k),
  });
  const predicted = predict(score(selectRows(numbers.heldOut, heldOut)));
  const { values, rows, columns: width } = targets.heldOut;
  const errors = new Float64Array(rows);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    errors[Math.floor(i / width)] += (values[i] - predicted[i]) ** 2;
    total += values[i] ** 2;
  }
  return errors.map((error) => (total > 0 ? error / total : 0));
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

/** About the training means; principal components of the training subjects where columns outnumber them. */
function componentsOf(columns: TwoParts, train: Int32Array, heldOut: Int32Array): PerPart<Samples> {
  const given = {
    train: selectRows(columns.train.samples, train),
    heldOut: selectRows(columns.heldOut.samples, heldOut),
  };
  const { centre, loadings } = principalComponents(given.train, MOST_COMPONENTS);
  const project = ({ values, rows, columns: width }: Samples): Samples => {
    const projected = new Float64Array(rows * loadings.columns);
    const weights = loadings.to2DArray();
    for (let i = 0; i < values.length; i++) {
      const [row, column] = [Math.floor(i / width), i % width];
      const value = values[i] - centre[column];
      const own = weights[column];
      for (let j = 0; j < own.length; j++) projected[row * own.length + j] += value * own[j];
    }
    return { values: projected, rows, columns: loadings.columns };
  };
  return { train: project(given.train), heldOut: project(given.heldOut) };
}
