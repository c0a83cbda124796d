// Computes the numbers that are standardised: transformed measurements, levels as zeros and ones, counts and their
// sizes.

import type { ModalityScales } from './dataset.js';
import { columnOf, isMeasured, isSize, levelValues } from './kinds.js';
import { sizesOf } from './size.js';
import { columnTransform, type RawColumns } from './transform.js';

/**
 * Returns a function from the position of a scale to one number per subject, NaN where it is missing.
 * @param raw columns; a column of levels has the positions of its levels
 * @throws InputError `transform-domain`
 */
export function columnValues(
  { transform, columns }: Pick<ModalityScales, 'transform' | 'columns'>,
  raw: RawColumns,
): (column: number) => Float64Array {
  const transformed = transform && columns.some(({ kind }) => isMeasured(kind)) && columnTransform(transform, raw);
  return (column) => {
    const scale = columns[column];
    if (isSize(scale.kind)) return sizesOf(scale, columns, raw.column);
    if (transformed && isMeasured(scale.kind)) return transformed(scale);
    return levelValues(scale, raw.column(columnOf(scale)));
  };
}
