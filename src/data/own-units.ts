// Values of pictures and series in the units of their channels.

import type { ColumnScale, Modality } from './dataset.js';
import { valuesPerSubject } from './grid.js';
import { selectSubjects } from './select-rows.js';

/** @param values channels × positions, standardised */
export function inOwnUnits(
  channels: readonly Pick<ColumnScale, 'mean' | 'sd'>[],
  values: ArrayLike<number>,
): Float64Array {
  const positions = values.length / channels.length;
  return Float64Array.from(values, (value, at) => {
    const { mean, sd } = channels[Math.floor(at / positions)];
    return value * sd + mean;
  });
}

/** What was observed of a subject, channels × positions; NaN where a value is missing. */
export function observedInOwnUnits(modality: Modality, row: number): Float64Array {
  const { values, observed } = selectSubjects(modality, valuesPerSubject(modality), Int32Array.of(row));
  return inOwnUnits(modality.columns, values).map((value, at) => (observed?.[at] === 0 ? NaN : value));
}
