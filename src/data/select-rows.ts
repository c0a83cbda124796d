// Some subjects of a modality.

import type { ObservedValues } from './dataset.js';

/** @param columns values of a subject */
export function selectSubjects(
  { values, observed }: ObservedValues,
  columns: number,
  rows: Int32Array,
): ObservedValues {
  const size = rows.length * columns;
  const selected = { values: copied(values, new Float32Array(size), columns, rows) };
  return observed ? { ...selected, observed: copied(observed, new Uint8Array(size), columns, rows) } : selected;
}

function copied<Values extends Float32Array | Uint8Array>(
  from: Values,
  to: Values,
  columns: number,
  rows: Int32Array,
): Values {
  rows.forEach((row, i) => {
    to.set(from.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return to;
}
