// Brings columns to mean 0 and standard deviation 1, both taken from the training part alone, and finds skewed positive
// columns that are better logged. The scales of a fitted model encode new subjects in the same way.

import { InputError } from '../errors.js';
import type { ColumnScale } from './dataset.js';

/** Skewness above which `log: true` logs a positive column, if that brings it nearer to 0. */
export const LOG_SKEWNESS = 1;

/** Whether a column is logged: never, always, or when it is positive and skewed. */
export type LogChoice = 'never' | 'always' | 'when-skewed';

/** Moments over some rows; `sd` divides by n. */
export interface Moments {
  readonly mean: number;
  readonly sd: number;
  readonly skewness: number;
}

export function momentsOf(values: Float64Array, rows: Int32Array): Moments {
  let sum = 0;
  for (const row of rows) sum += values[row];
  const mean = sum / rows.length;
  let second = 0;
  let third = 0;
  for (const row of rows) {
    const deviation = values[row] - mean;
    second += deviation * deviation;
    third += deviation * deviation * deviation;
  }
  const sd = Math.sqrt(second / rows.length);
  return { mean, sd, skewness: sd > 0 ? third / rows.length / (sd * sd * sd) : 0 };
}

/** No spread beyond rounding. */
export function isConstant({ mean, sd }: Moments): boolean {
  return sd <= 1e-12 * Math.abs(mean);
}

/**
 * The scale of one column from its training rows.
 *
 * @param values without NaN and infinity
 * @throws InputError `log-of-negative` when a column is to be logged and has negative values; `too-wide-range` when its
 *   spread does not fit in a double
 */
export function fitScale(name: string, values: Float64Array, train: Int32Array, log: LogChoice): ColumnScale {
  const plain = momentsOf(values, train);
  if (!Number.isFinite(plain.sd))
    throw new InputError('too-wide-range', `column '${name}' reaches values whose squares overflow; rescale it`, {
      column: name,
    });
  const unlogged = { name, log: false, offset: 0, mean: plain.mean, sd: plain.sd };
  if (log === 'never' || isConstant(plain)) return unlogged;
  // Whether a logarithm exists is asked of all rows; whether it helps only of the training part.
  const smallest = values.reduce((least, value) => Math.min(least, value), Infinity);
  if (log === 'when-skewed' && !(smallest > 0 && plain.skewness > LOG_SKEWNESS)) return unlogged;
  if (smallest < 0)
    throw new InputError('log-of-negative', `column '${name}' has negative values (${smallest}) and is to be logged`, {
      column: name,
    });
  // Zeros move up by half of the smallest training value above them.
  const offset = smallest > 0 ? 0 : smallestPositive(values, train) / 2;
  const logged = momentsOf(
    values.map((value) => Math.log(value + offset)),
    train,
  );
  if (log === 'when-skewed' && Math.abs(logged.skewness) >= Math.abs(plain.skewness)) return unlogged;
  return { name, log: true, offset, mean: logged.mean, sd: logged.sd };
}

/**
 * Standardised values, subjects × columns.
 *
 * @param columns raw values of every scale's column, in the scales' order
 * @throws InputError `log-domain` when a logged column has a value without a logarithm
 */
export function encodeColumns(columns: readonly Float64Array[], scales: readonly ColumnScale[]): Float32Array {
  const width = scales.length;
  const rows = columns[0]?.length ?? 0;
  const encoded = new Float32Array(rows * width);
  for (const [column, { name, log, offset, mean, sd }] of scales.entries()) {
    const values = columns[column];
    for (let row = 0; row < rows; row++) {
      const value = log ? Math.log(values[row] + offset) : values[row];
      if (log && !Number.isFinite(value))
        throw new InputError(
          'log-domain',
          `column '${name}' is logged by the model and row ${row + 1} holds ${values[row]}, which has no logarithm`,
          { column: name, row: row + 1 },
        );
      encoded[row * width + column] = (value - mean) / sd;
    }
  }
  return encoded;
}

function smallestPositive(values: Float64Array, rows: Int32Array): number {
  let smallest = Infinity;
  for (const row of rows) if (values[row] > 0) smallest = Math.min(smallest, values[row]);
  return smallest;
}
