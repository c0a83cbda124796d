// Encoders see which values are missing, and subjects may skip the same share of everything. What a latent repeats of
// its own modality's gaps is taken out before it is tested (docs/missing-data.md).

import { Matrix } from 'ml-matrix';
import type { Modality } from '../data/dataset.js';
import { centredMatrix, columnMeans, leastSquares, principalComponents } from '../linear/index.js';

/** Principal components of the mask that are taken out, */
const MOST_COMPONENTS = 5;
/** and subjects for each of them. */
const PER_COMPONENT = 20;

/**
 * What is linear in a modality's gaps.
 * @param rows subjects who have the modality
 * @returns rows × columns, centred: the share of its values that a subject has, and the first components of the mask;
 *   undefined where all of these subjects lack the same values, or none
 */
export function gapsOf({ observed, columns: { length: columns } }: Modality, rows: Int32Array): Matrix | undefined {
  if (!observed || rows.length === 0) return undefined;
  const values = Float64Array.from(
    { length: rows.length * columns },
    (_, at) => observed[rows[Math.floor(at / columns)] * columns + (at % columns)],
  );
  const mask = { values, rows: rows.length, columns };
  const most = Math.min(MOST_COMPONENTS, Math.floor(rows.length / PER_COMPONENT));
  const { scores } = principalComponents(mask, Math.max(1, most));
  if (scores.columns === 0) return undefined;
  const shares = centredMatrix(mask, columnMeans(mask)).sum('row');
  const gaps = Matrix.zeros(rows.length, 1 + scores.columns);
  gaps.setSubMatrix(Matrix.columnVector(shares), 0, 0);
  gaps.setSubMatrix(scores, 0, 1);
  return gaps;
}

/** A latent less what is linear in the gaps. @param latent centred, by row of the gaps */
export function withoutGaps(latent: Float64Array, gaps: Matrix): Float64Array {
  const values = Matrix.columnVector(latent);
  return Float64Array.from(Matrix.sub(values, gaps.mmul(leastSquares(gaps, values))).getColumn(0));
}
