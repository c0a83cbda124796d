// How much of some columns the latents explain: a linear read-out, learned on training subjects and shrunk by
// validation subjects, is scored on held-out subjects.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Samples } from '../metrics/index.js';
import type { Table } from '../quality/index.js';

/** Rows of the splits, or of the folds. */
export interface ProbeRows {
  readonly train: Int32Array;
  /** Rows that choose the ridge. */
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

export interface Probe {
  /** 1 − squared error / squared deviation from the training mean, over all columns and scored rows together. */
  readonly r2: number;
  /** Row of each influence. */
  readonly rows: Int32Array;
  /** Contribution of each row to the error of `r2`. They add up to 0. */
  readonly influences: Float64Array;
}

/** Squared errors and squared deviations of scored rows. */
interface Errors {
  readonly rows: readonly number[];
  readonly errors: readonly number[];
  readonly totals: readonly number[];
}

/** Ridge penalties, as multiples of the variance of a standardised latent. With Infinity, the mean is predicted. */
export const RIDGES = [1e-8, 1e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, Infinity];
const MIN_TRAIN = 10;
/** Latents whose variance is below this share of the largest one in their correlation matrix are ignored. */
const NEGLIGIBLE = 1e-10;

/**
 * Scores a read-out of columns from latents.
 * @param latents rows × latents; rows with NaN are left out
 * @returns undefined if too few rows have latents, or if the scored columns do not vary
 */
export function probe(latents: Samples, columns: Table, rows: ProbeRows): Probe | undefined {
  const errors = probeErrors(latents, columns, rows);
  return errors && pooled([errors]);
}

/** Scores read-outs of several folds together. */
export function crossFittedProbe(latents: Samples, columns: Table, folds: readonly ProbeRows[]): Probe | undefined {
  const errors = folds.flatMap((rows) => probeErrors(latents, columns, rows) ?? []);
  return errors.length === folds.length ? pooled(errors) : undefined;
}

function pooled(parts: readonly Errors[]): Probe | undefined {
  const rows = parts.flatMap((part) => part.rows);
  const errors = parts.flatMap((part) => part.errors);
  const totals = parts.flatMap((part) => part.totals);
  const total = sum(totals);
  if (!(total > 0)) return undefined;
  const ratio = sum(errors) / total;
  return {
    r2: 1 - ratio,
    rows: Int32Array.from(rows),
    influences: Float64Array.from(errors, (error, i) => (ratio * totals[i] - error) / total),
  };
}

function probeErrors(latents: Samples, columns: Table, rows: ProbeRows): Errors | undefined {
  const known = (of: Int32Array): number[] => Array.from(of).filter((row) => isKnown(latents, columns, row));
  const [train, validation, test] = [rows.train, rows.validation, rows.test].map(known);
  if (train.length < MIN_TRAIN || test.length < 2) return undefined;
  const features = standardised(latents, train);
  const target = centred(columns, train);
  const z = features(train);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(z.transpose().mmul(z).div(train.length), {
    assumeSymmetric: true,
  });
  const largest = Math.max(...realEigenvalues);
  const used = realEigenvalues.flatMap((value, i) => (value > NEGLIGIBLE * largest && largest > 0 ? [i] : []));
  const directions = eigenvectorMatrix.subMatrixColumn(used);
  const variances = used.map((i) => realEigenvalues[i]);
  // Products with a missing cell are 0, so divide by the share of observed cells.
  const slopes = directions
    .transpose()
    .mmul(z.transpose().mmul(target.values(train)))
    .div(train.length)
    .divRowVector(target.shares);
  const errorsOf = (scored: readonly number[], ridge: number): number[] => {
    const scale = variances.map((variance) => (ridge === Infinity ? 0 : 1 / (variance + ridge)));
    const predicted = features(scored).mmul(directions).mulRowVector(scale).mmul(slopes);
    const actual = target.values(scored);
    return scored.map((row, i) => {
      let error = 0;
      for (let c = 0; c < actual.columns; c++) {
        if (target.isObserved(row, c)) error += (actual.get(i, c) - predicted.get(i, c)) ** 2;
      }
      return error;
    });
  };
  const judged = validation.length > 1 ? validation : train;
  const candidates = used.length === 0 ? [Infinity] : RIDGES;
  const losses = candidates.map((ridge) => sum(errorsOf(judged, ridge)));
  const ridge = candidates[losses.indexOf(Math.min(...losses))];
  return { rows: test, errors: errorsOf(test, ridge), totals: errorsOf(test, Infinity) };
}

/** True if a row has latents and an observed cell. */
function isKnown({ values, columns }: Samples, { observed, samples }: Table, row: number): boolean {
  for (let k = 0; k < columns; k++) if (Number.isNaN(values[row * columns + k])) return false;
  if (observed === undefined) return true;
  const width = samples.columns;
  return observed.subarray(row * width, (row + 1) * width).includes(1);
}

/** Returns a function that standardises rows by the moments of the training rows. Constant latents become 0. */
function standardised({ values, columns }: Samples, train: readonly number[]): (rows: readonly number[]) => Matrix {
  const moments = Array.from({ length: columns }, (_, k) => {
    const mean = sum(train.map((row) => values[row * columns + k])) / train.length;
    const variance = sum(train.map((row) => (values[row * columns + k] - mean) ** 2)) / train.length;
    return { mean, sd: Math.sqrt(variance) };
  });
  return (rows) => {
    const result = Matrix.zeros(rows.length, columns);
    rows.forEach((row, i) => {
      moments.forEach(({ mean, sd }, k) => {
        if (sd > 0) result.set(i, k, (values[row * columns + k] - mean) / sd);
      });
    });
    return result;
  };
}

/** Returns functions of the columns minus their training means, 0 for missing cells. */
function centred({ samples: { values, columns }, observed }: Table, train: readonly number[]) {
  const isObserved = (row: number, column: number): boolean => observed?.[row * columns + column] !== 0;
  const sums = new Float64Array(columns);
  const counts = new Float64Array(columns);
  for (const row of train) {
    for (let c = 0; c < columns; c++) {
      if (!isObserved(row, c)) continue;
      sums[c] += values[row * columns + c];
      counts[c]++;
    }
  }
  return {
    isObserved,
    shares: Array.from(counts, (count) => count / train.length || 1),
    values: (rows: readonly number[]): Matrix => {
      const result = Matrix.zeros(rows.length, columns);
      rows.forEach((row, i) => {
        for (let c = 0; c < columns; c++) {
          if (isObserved(row, c)) result.set(i, c, values[row * columns + c] - sums[c] / (counts[c] || 1));
        }
      });
      return result;
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
