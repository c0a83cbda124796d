// R² of many columns together: one share of one total sum of squares. A mean over columns would be dominated by a
// column that hardly varies among few subjects.

import type { Samples } from './samples.js';

/**
 * Returns 1 − Σ(x − x̂)² / Σ(x − c)², with sums over all rows and columns.
 *
 * @param actual x, rows × columns; `predicted` is x̂ of the same size
 * @param centre c per column: the mean of the training split, which is the baseline
 * @param observed 1 for values that count, rows × columns; all when left out
 * @returns null if all values equal the centre, or if the prediction is not finite
 */
export function pooledR2(
  { values: actual, columns }: Samples,
  { values: predicted }: Samples,
  centre: ArrayLike<number>,
  observed?: Uint8Array,
): number | null {
  let residual = 0;
  let total = 0;
  for (let i = 0; i < actual.length; i++) {
    if (observed?.[i] === 0) continue;
    residual += (actual[i] - predicted[i]) ** 2;
    total += (actual[i] - centre[i % columns]) ** 2;
  }
  const share = 1 - residual / total;
  return total > 0 && Number.isFinite(share) ? share : null;
}
