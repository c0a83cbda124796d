// Standardised values in the units of the tables they came from.

import type { ColumnScale, Transform } from './dataset.js';
import { isMeasured } from './kinds.js';
import { untransformed } from './transform.js';

/**
 * A standardised value in the column's own units; at the means of the covariates where the modality is adjusted. Values
 * of `cpm` stay log2 counts per million and those of `clr` log-ratios: they have no unit of their own without the row.
 */
export function inUnits(scale: ColumnScale, value: number, transform?: Transform): number {
  const { log, offset, mean, sd } = scale;
  const raw = value * sd + mean;
  if (transform && isMeasured(scale.kind)) return untransformed(transform, scale, raw);
  return log ? Math.exp(raw) - offset : raw;
}
