// Reports how much subjects' sizes differ: those that counts are relative to, or could be.

import type { Modality } from '../../data/dataset.js';
import { isCount, isSize } from '../../data/kinds.js';
import { quantileOf } from '../../data/ranks.js';
import { countTotals, sizesOf } from '../../data/size.js';
import { observedRows } from '../../data/standardise.js';
import type { SizeReport } from './inspection.js';

const QUANTILES = [0.1, 0.9];
/** A size is suggested for at least this number of counts if their totals differ by more than `MIN_SPREAD`. */
const MIN_COUNTS = 10;
const MIN_SPREAD = 2;

/**
 * Returns the report for the training split; undefined without counts, and if no size needs to be suggested.
 * @param column returns a column as it was read, NaN where missing
 */
export function sizeReport(
  { columns }: Pick<Modality, 'columns'>,
  column: (name: string) => Float64Array,
  train: Int32Array,
): SizeReport | undefined {
  const counts = columns.filter(({ kind }) => isCount(kind));
  const size = columns.find(({ kind }) => isSize(kind));
  if (!size && counts.length < MIN_COUNTS) return undefined;
  const sizes = size ? sizesOf(size, columns, column) : countTotals(columns, column);
  const sorted = Float64Array.from(observedRows(sizes, train), (row) => sizes[row]).sort();
  const [low, high] = QUANTILES.map((share) => quantileOf(sorted, share));
  const spread = high / low;
  if (size) return { of: size.total ? 'total' : size.name, spread };
  return spread > MIN_SPREAD ? { spread } : undefined;
}
