// Causes that divide the subjects of a modality as its batches do. Their effect on this modality is not identifiable.

import type { Cause } from './causes.js';
import type { Modality } from './dataset.js';

/** True if each batch of the modality has only one value of the cause. */
export function isBatch(
  { values }: Pick<Cause, 'values'>,
  { batchPositions }: Pick<Modality, 'batchPositions'>,
): boolean {
  if (!batchPositions) return false;
  const valueOf = new Map<number, number>();
  for (const [row, batch] of batchPositions.entries()) {
    if (Number.isNaN(batch)) continue;
    const first = valueOf.get(batch) ?? values[row];
    if (values[row] !== first) return false;
    valueOf.set(batch, first);
  }
  return valueOf.size > 1;
}
