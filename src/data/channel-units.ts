// Converts values of images and series to the units of their channels. Unlike units.ts, it reads stored values, which
// a page has no code for.

import type { ColumnScale, Modality } from './dataset.js';
import { valuesPerSubject } from './regular-array.js';
import { selectSubjects } from './select-rows.js';

/** Returns the values in the units of their channels. @param values channels × positions, standardised */
export function inChannelUnits(
  channels: readonly Pick<ColumnScale, 'mean' | 'sd'>[],
  values: ArrayLike<number>,
): Float64Array {
  const positions = values.length / channels.length;
  return Float64Array.from(values, (value, at) => {
    const { mean, sd } = channels[Math.floor(at / positions)];
    return value * sd + mean;
  });
}

/** Returns the observed values of a subject in their units, channels × positions; NaN where a value is missing. */
export function observedInChannelUnits(modality: Modality, row: number): Float64Array {
  const { values, observed } = selectSubjects(modality, valuesPerSubject(modality), Int32Array.of(row));
  return inChannelUnits(modality.columns, values).map((value, at) => (observed?.[at] === 0 ? NaN : value));
}
