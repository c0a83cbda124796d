// Selects subjects of a modality and standardises stored numbers.

import { InputError } from '../errors/errors.js';
import type { ObservedValues } from './dataset.js';
import { storedNumbers, storedType, writeValues } from './stored.js';

/** Largest number of elements of an array. */
const MAX_IN_MEMORY = 2 ** 31;

/** Standardised values and mask, without stored numbers. */
export type SelectedValues = Omit<ObservedValues, 'stored'>;

/** Returns the number of subjects. @param columns number of values of a subject */
export function subjectsOf({ values, stored }: ObservedValues, columns: number): number {
  return (stored ? stored.numbers.length : values.length) / columns;
}

/**
 * Returns the standardised values of these subjects.
 * @param columns number of values of a subject
 * @throws InputError `missing-file`, `damaged-file` if stored numbers cannot be read any more; FileError
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
 * As `selectSubjects`, but stored numbers are copied into memory and not standardised.
 * @throws InputError `too-large` if these do not fit in memory; what `selectSubjects` throws
 */
export function copySubjects(modality: ObservedValues, columns: number, rows: Int32Array): ObservedValues {
  const { values, stored } = modality;
  if (!stored) return selectSubjects(modality, columns, rows);
  const { numbers, present } = stored;
  const size = rows.length * columns;
  if (size > MAX_IN_MEMORY) {
    throw new InputError(
      'too-large',
      `The images of ${rows.length} subjects have ${size} intensities; a resample holds up to ${MAX_IN_MEMORY} in ` +
        `memory: use fewer subjects or a lower size.`,
    );
  }
  const copy = storedType(numbers) === 'uint8' ? new Uint8Array(size) : new Int16Array(size);
  rows.forEach((row, i) => {
    copy.set(storedNumbers(numbers, columns, row, 1), i * columns);
  });
  const marks = present && Uint8Array.from(rows, (row) => present[row]);
  return { values, stored: { ...stored, numbers: copy, present: marks } };
}

/** Returns the rows from `first` up to, but not including, `first + count`. */
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
  // Copying the elements is faster than creating a view of every row.
  for (let i = 0; i < rows.length; i++) {
    const first = rows[i] * columns;
    for (let column = 0; column < columns; column++) to[i * columns + column] = from[first + column];
  }
  return to;
}

/** Returns the rows of `a` followed by those of `b`. */
export function joined(a: Int32Array, b: Int32Array): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
