// The numbers that a modality's values are standardised from: transformed measurements, levels as zeros and ones,
// counts and their sizes.

import type { ModalityScales } from './dataset.js';
import { columnOf, isMeasured, isSize, levelValues } from './kinds.js';
import { sizesOf } from './size.js';
import { transformColumns, type RawColumns } from './transform.js';

/**
 * By position among the scales, one number per subject, NaN where it is missing.
 * @param raw columns of levels as positions of these
 * @throws InputError `transform-domain`
 */
export function columnValues(
  { transform, columns }: Pick<ModalityScales, 'transform' | 'columns'>,
  raw: RawColumns,
): (column: number) => Float64Array {
  const measured = columns.filter(({ kind }) => isMeasured(kind));
  const transformed = transform && transformColumns(transform, raw, measured);
  const byScale = new Map(transformed?.map((values, i) => [measured[i], values]));
  return (column) => {
    const scale = columns[column];
    if (isSize(scale.kind)) return sizesOf(scale, columns, raw.column);
    return byScale.get(scale) ?? levelValues(scale, raw.column(columnOf(scale)));
  };
}
