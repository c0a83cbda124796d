// R² over many columns together: one share of one sum of squares. A mean of the columns' own shares would be ruled by
// the column that hardly varies among a few subjects.

import type { Samples } from './samples.js';

/**
 * 1 − Σ(x − x̂)² / Σ(x − c)², both sums over all rows and columns.
 *
 * @param actual x, rows × columns; `predicted` x̂ of the same size
 * @param centre c, per column: the mean over the training part, which a prediction has to beat
 * @param observed 1 for values that count, rows × columns; all when left out
 * @returns null where nothing differs from the centre, or the prediction is not finite
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
