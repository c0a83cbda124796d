// Converts standardised values to the units of their tables.

import type { ColumnScale, Transform } from './dataset.js';
import { isMeasured } from './kinds.js';
import { unlinked } from './link.js';
import { untransformed } from './transform.js';

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
