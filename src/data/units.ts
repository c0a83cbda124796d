// Converts standardised values to the units of their tables.

import type { ColumnScale, Transform } from './dataset.js';
import { withBatch } from './batches.js';
import { isMeasured } from './kinds.js';
import { unlinked } from './link.js';
import { untransformed } from './transform.js';

/**
 * Returns a standardised value in the units of its column; at the means of the covariates if the modality is adjusted.
 * Values of `cpm` stay log2 counts per million and those of `clr` log-ratios, which only the whole row could invert.
 * @param batch position of the batch that measures the value. Default: an average batch
 */
export function inUnits(scale: ColumnScale, value: number, transform?: Transform, batch = NaN): number {
  const { mean, sd } = scale;
  const even = value * sd + mean;
  const raw = scale.batches ? withBatch(even, scale.batches, batch) : even;
  if (transform && isMeasured(scale.kind)) return untransformed(transform, scale, raw);
  return unlinked(scale, raw);
}
