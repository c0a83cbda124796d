// Some subjects of a modality, standardised, and how many there are.

import { InputError } from '../errors.js';
import type { ObservedValues } from './dataset.js';
import { storedNumbers, storedType, writeValues } from './stored.js';

/** Numbers of the largest array. */
const MAX_IN_MEMORY = 2 ** 31;

/** Values and marks alone. */
export type SelectedValues = Omit<ObservedValues, 'stored'>;

/** @param columns values of a subject */
export function subjectsOf({ values, stored }: ObservedValues, columns: number): number {
  return (stored ? stored.numbers.length : values.length) / columns;
}

/**
 * Values of these subjects, whether values or numbers are kept.
 * @param columns values of a subject
 * @throws InputError `missing-file`, `damaged-file` where what is stored cannot be read any more; FileError
 */
export function selectSubjects(
  { values, observed, stored }: ObservedValues,
  columns: number,
  rows: Int32Array,
): SelectedValues {
  const size = rows.length * columns;
  if (stored) {
    const selected = new Float32Array(size);
    rows.forEach((row, i) => {
      writeValues(stored, columns, row, selected, i * columns);
    });
    const { present } = stored;
    if (!present) return { values: selected };
    const marks = new Uint8Array(size);
    rows.forEach((row, i) => marks.fill(present[row], i * columns, (i + 1) * columns));
    return { values: selected, observed: marks };
  }
  const selected = { values: copied(values, new Float32Array(size), columns, rows) };
  return observed ? { ...selected, observed: copied(observed, new Uint8Array(size), columns, rows) } : selected;
}

/**
 * As `selectSubjects`, but what is stored as numbers stays so, in memory.
 * @throws InputError `too-large` where these do not fit in memory; what `selectSubjects` throws
 */
export function copySubjects(own: ObservedValues, columns: number, rows: Int32Array): ObservedValues {
  const { values, stored } = own;
  if (!stored) return selectSubjects(own, columns, rows);
  const { numbers, present } = stored;
  const size = rows.length * columns;
  if (size > MAX_IN_MEMORY) {
    throw new InputError(
      'too-large',
      `The pictures of ${rows.length} subjects have ${size} levels; in another order, or some of them several times, ` +
        `up to ${MAX_IN_MEMORY} are kept: take fewer subjects, or a lower size.`,
    );
  }
  const copy = storedType(numbers) === 'uint8' ? new Uint8Array(size) : new Int16Array(size);
  rows.forEach((row, i) => {
    copy.set(storedNumbers(numbers, columns, row, 1), i * columns);
  });
  const marks = present && Uint8Array.from(rows, (row) => present[row]);
  return { values, stored: { ...stored, numbers: copy, present: marks } };
}

/** Rows `first` to `first + count`, none beyond. */
export function consecutive(first: number, count: number): Int32Array {
  const rows = new Int32Array(count);
  for (let i = 0; i < count; i++) rows[i] = first + i;
  return rows;
}

function copied<Values extends Float32Array | Uint8Array>(
  from: Values,
  to: Values,
  columns: number,
  rows: Int32Array,
): Values {
  // A view of every row takes longer than its numbers.
  for (let i = 0; i < rows.length; i++) {
    const first = rows[i] * columns;
    for (let column = 0; column < columns; column++) to[i * columns + column] = from[first + column];
  }
  return to;
}

/** Rows, and behind them others. */
export function joined(a: Int32Array, b: Int32Array): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
