// Standardises columns to mean 0 and sd 1 of the training split, and takes logarithms of skewed positive columns. The
// scales of a fitted model encode new subjects in the same way.

import { InputError } from '../errors/errors.js';
import { withoutBatch } from './batches.js';
import type { ColumnScale, ModalityScales, ObservedValues } from './dataset.js';
import { linked } from './link.js';
import { zeros } from '../threads/zeros.js';

/** Skewness above which `log: true` takes logarithms of a positive column, if they reduce the absolute skewness. */
export const LOG_SKEWNESS = 1;

/** When to take logarithms of a column: never, always, or if it is positive and skewed. */
export type LogChoice = 'never' | 'always' | 'when-skewed';

/** Moments of some rows. `sd` divides by n. */
export interface Moments {
  readonly mean: number;
  readonly sd: number;
  readonly skewness: number;
}

/** Returns the rows at which a column has a value. NaN is a missing value. */
export function observedRows(values: Float64Array, rows: Int32Array): Int32Array {
  let first = 0;
  while (first < rows.length && !Number.isNaN(values[rows[first]])) first++;
  return first === rows.length ? rows : rows.filter((row) => !Number.isNaN(values[row]));
}

/** Returns the moments. @param rows rows that have a value */
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

/** True if the sd is not above rounding error. */
export function isConstant({ mean, sd }: Moments): boolean {
  return sd <= 1e-12 * Math.abs(mean);
}

/**
 * Returns the scale of one column from its training rows.
 *
 * @param values finite values; NaN where one is missing
 * @param train rows of the training split that have a value
 * @throws InputError `log-of-negative` for negative values if `log` is `always`; `too-wide-range` if the variance
 *   overflows a double
 */
export function fitScale(name: string, values: Float64Array, train: Int32Array, log: LogChoice): ColumnScale {
  const plain = momentsOf(values, train);
  if (!Number.isFinite(plain.sd)) {
    throw new InputError(
      'too-wide-range',
      `column '${name}' has values whose squares overflow; use a larger unit or leave it out`,
      { column: name },
    );
  }
  const unlogged = { name, log: false, offset: 0, mean: plain.mean, sd: plain.sd };
  if (log === 'never' || isConstant(plain)) return unlogged;
  // A logarithm must exist for all rows. Only the training split decides whether it helps.
  const smallest = values.reduce((min, value) => (value < min ? value : min), Infinity);
  if (log === 'when-skewed' && !(smallest > 0 && plain.skewness > LOG_SKEWNESS)) return unlogged;
  if (smallest < 0) {
    throw new InputError(
      'log-of-negative',
      `column '${name}' has negative values (${smallest}), which have no logarithm; ` +
        `take it out of log, or correct the values`,
      { column: name },
    );
  }
  // If there are zeros, add half of the smallest positive training value.
  const offset = smallest > 0 ? 0 : smallestPositive(values, train) / 2;
  const logged = momentsOf(
    values.map((value) => Math.log(value + offset)),
    train,
  );
  if (log === 'when-skewed' && Math.abs(logged.skewness) >= Math.abs(plain.skewness)) return unlogged;
  return { name, log: true, offset, mean: logged.mean, sd: logged.sd };
}

/** What is removed from the values of each subject. */
export interface SubjectEffects {
  readonly covariates?: readonly Float64Array[] | undefined;
  readonly batches?: Float64Array | undefined;
}

/**
 * Returns standardised values, subjects × columns.
 *
 * @param raw values of the column of each scale, after the transform of the modality, NaN where missing; it may return
 *   the same array each time, with new content
 * @param subjects covariates of an adjusted modality, terms × subjects; position of each subject's batch, NaN for an
 *   average batch, which is the default
 * @param ids ids of the subjects, for errors
 * @throws InputError `log-domain` for a value without a logarithm in a column with logarithms; `too-wide-range` if a
 *   standardised value overflows single precision; `not-finite` for an infinite value
 */
export function encodeColumns(
  raw: (column: number) => Float64Array,
  { name: modality, columns: scales }: ModalityScales,
  ids: readonly string[],
  { covariates = [], batches }: SubjectEffects = {},
): ObservedValues {
  const width = scales.length;
  const encoded = zeros(Float32Array, ids.length * width);
  let observed: Uint8Array | undefined;
  for (let column = 0; column < width; column++) {
    const values = raw(column);
    const scale = scales[column];
    const { mean, sd, slopes, limits } = scale;
    const ofBatches = batches && scale.batches;
    for (let row = 0; row < ids.length; row++) {
      const at = row * width + column;
      if (Number.isNaN(values[row])) {
        observed ??= zeros(Uint8Array, encoded.length).fill(1);
        observed[at] = 0;
        continue;
      }
      let value = linked(scale, values[row]);
      if (ofBatches) value = withoutBatch(value, ofBatches, batches[row]);
      if (slopes) value = adjusted(value, slopes, covariates, row);
      if (limits && Number.isFinite(value)) value = winsorised(value, limits);
      encoded[at] = (value - mean) / sd;
      if (!(Math.abs(encoded[at]) < Infinity)) {
        throw notEncoded(values[row], scale, { modality, subject: ids[row] });
      }
    }
  }
  return { values: encoded, ...(observed && { observed }) };
}

/** Returns the value, or the limit that it exceeds. */
export function winsorised(value: number, { lower, upper }: NonNullable<ColumnScale['limits']>): number {
  return Math.min(Math.max(value, lower), upper);
}

/** Returns the value minus the effects of the covariates, which leaves its value at their means. */
export function adjusted(
  value: number,
  slopes: readonly number[],
  covariates: readonly Float64Array[],
  row: number,
): number {
  for (let term = 0; term < slopes.length; term++) value -= slopes[term] * covariates[term][row];
  return value;
}

/** Place of a value in a data set. */
interface Place {
  readonly modality: string;
  readonly subject: string;
}

/** Returns the error for a raw value that cannot be encoded. */
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
      `${where}: the column is on a log scale and ${raw} has no logarithm; correct the value or leave the subject out`,
      details,
    );
  }
  return new InputError(
    'too-wide-range',
    `${where}: ${raw} is too far from the training split for single precision; correct the value or its unit`,
    details,
  );
}

function smallestPositive(values: Float64Array, rows: Int32Array): number {
  let smallest = Infinity;
  for (const row of rows) if (values[row] > 0) smallest = Math.min(smallest, values[row]);
  return smallest;
}
