// Converts standardised values to the units of their tables.

import type { ColumnScale, Transform, Modality } from './dataset.js';
import { isMeasured } from './kinds.js';
import { unlinked } from './link.js';
import { untransformed } from './transform.js';
import { valuesPerSubject } from './regular-array.js';
import { selectSubjects } from './select-rows.js';

/**
 * Returns a standardised value in the units of its column; at the means of the covariates if the modality is adjusted.
 * Values of `cpm` stay log2 counts per million and those of `clr` log-ratios, which only the whole row could invert.
 */
export function inUnits(scale: ColumnScale, value: number, transform?: Transform): number {
  const { mean, sd } = scale;
  const raw = value * sd + mean;
  if (transform && isMeasured(scale.kind)) return untransformed(transform, scale, raw);
  return unlinked(scale, raw);
}

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
