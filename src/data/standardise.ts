// Brings columns to mean 0 and standard deviation 1, both taken from the training part alone, and finds skewed positive
// columns that are better logged. The scales of a fitted model encode new subjects in the same way.

import { InputError } from '../errors.js';
import type { ColumnScale, ModalityScales, ObservedValues } from './dataset.js';
import { zeros } from '../threads/zeros.js';

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

/** The rows at which a column has a value, NaN being a missing one. */
export function observedRows(values: Float64Array, rows: Int32Array): Int32Array {
  let first = 0;
  while (first < rows.length && !Number.isNaN(values[rows[first]])) first++;
  return first === rows.length ? rows : rows.filter((row) => !Number.isNaN(values[row]));
}

/** @param rows at which there is a value */
export function momentsOf(values: Float64Array, rows: Int32Array): Moments {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) sum += values[rows[i]];
  const mean = sum / rows.length;
  let second = 0;
  let third = 0;
  for (let i = 0; i < rows.length; i++) {
    const deviation = values[rows[i]] - mean;
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
 * @param values without infinity; NaN where one is missing
 * @param train rows of the training part that have a value
 * @throws InputError `log-of-negative` when a column is to be logged and has negative values; `too-wide-range` when its
 *   spread does not fit in a double
 */
export function fitScale(name: string, values: Float64Array, train: Int32Array, log: LogChoice): ColumnScale {
  const plain = momentsOf(values, train);
  if (!Number.isFinite(plain.sd)) {
    throw new InputError(
      'too-wide-range',
      `column '${name}' reaches values whose squares overflow; give it in a larger unit or leave it out`,
      { column: name },
    );
  }
  const unlogged = { name, log: false, offset: 0, mean: plain.mean, sd: plain.sd };
  if (log === 'never' || isConstant(plain)) return unlogged;
  // Whether a logarithm exists is asked of all rows; whether it helps only of the training part.
  const smallest = values.reduce((least, value) => (value < least ? value : least), Infinity);
  if (log === 'when-skewed' && !(smallest > 0 && plain.skewness > LOG_SKEWNESS)) return unlogged;
  if (smallest < 0) {
    throw new InputError(
      'log-of-negative',
      `column '${name}' has negative values (${smallest}) and is to be logged; ` +
        `take it out of log, or correct the values`,
      { column: name },
    );
  }
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
 * @param raw values of each scale's column, transformed where the modality has a transform, NaN where one is missing;
 *   an array may be the same one, filled anew
 * @param covariates of a modality that is adjusted, terms × subjects
 * @param ids of the subjects, named in errors as is the modality
 * @throws InputError `log-domain` when a logged column has a value without a logarithm, `too-wide-range` when a
 *   standardised value is infinite in single precision, `not-finite` for an infinite one
 */
export function encodeColumns(
  raw: (column: number) => Float64Array,
  { name: modality, columns: scales }: ModalityScales,
  ids: readonly string[],
  covariates: readonly Float64Array[] = [],
): ObservedValues {
  const width = scales.length;
  const encoded = zeros(Float32Array, ids.length * width);
  let observed: Uint8Array | undefined;
  for (let column = 0; column < width; column++) {
    const values = raw(column);
    const scale = scales[column];
    const { log, offset, mean, sd, slopes, limits } = scale;
    for (let row = 0; row < ids.length; row++) {
      const at = row * width + column;
      if (Number.isNaN(values[row])) {
        observed ??= zeros(Uint8Array, encoded.length).fill(1);
        observed[at] = 0;
        continue;
      }
      let value = log ? Math.log(values[row] + offset) : values[row];
      if (slopes) value = adjusted(value, slopes, covariates, row);
      if (limits && Number.isFinite(value)) value = held(value, limits);
      encoded[at] = (value - mean) / sd;
      if (!(Math.abs(encoded[at]) < Infinity)) {
        throw notEncoded(values[row], scale, { modality, subject: ids[row] });
      }
    }
  }
  return { values: encoded, ...(observed && { observed }) };
}

/** A value that is beyond a limit becomes the limit. */
export function held(value: number, { lower, upper }: NonNullable<ColumnScale['limits']>): number {
  return Math.min(Math.max(value, lower), upper);
}

/** A value as it would be at the covariates' means. */
export function adjusted(
  value: number,
  slopes: readonly number[],
  covariates: readonly Float64Array[],
  row: number,
): number {
  for (let term = 0; term < slopes.length; term++) value -= slopes[term] * covariates[term][row];
  return value;
}

/** Where a value stands in a data set. */
interface Place {
  readonly modality: string;
  readonly subject: string;
}

/** The error for a raw value that cannot be encoded. */
export function notEncoded(
  raw: number,
  { name, log, offset }: Pick<ColumnScale, 'name' | 'log' | 'offset'>,
  { modality, subject }: Place,
): InputError {
  const where = `modality '${modality}', column '${name}', subject ${subject}`;
  const details = { modality, column: name, subject };
  if (!Number.isFinite(raw)) {
    return new InputError('not-finite', `${where}: the value is ${raw}; correct it or leave the subject out`, details);
  }
  if (log && !Number.isFinite(Math.log(raw + offset))) {
    return new InputError(
      'log-domain',
      `${where}: the column is logged and ${raw} has no logarithm; correct the value or leave the subject out`,
      details,
    );
  }
  return new InputError(
    'too-wide-range',
    `${where}: ${raw} lies too far from the training part for single precision; correct the value or its unit`,
    details,
  );
}

function smallestPositive(values: Float64Array, rows: Int32Array): number {
  let smallest = Infinity;
  for (const row of rows) if (values[row] > 0) smallest = Math.min(smallest, values[row]);
  return smallest;
}
