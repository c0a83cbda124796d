// Totals of a table of counts. A subject that was sequenced deeper has larger counts of everything, so a latent can
// follow the total unless the study removes it.

import { isCount } from '../../data/kinds.js';
import type { ModalityScales } from '../../data/dataset.js';
import type { RawColumns } from '../../data/transform.js';
import { likelyKind } from './kind-guesses.js';

/** Minimum number of columns for which the total measures the depth of sequencing. */
const MIN_COLUMNS = 10;
/** Minimum number of columns that look like counts and not like levels, if the study names no kinds. */
const MIN_COUNTS = 3;

/**
 * Returns the natural logarithm of each subject's total, NaN if it is 0 or a value is missing. Returns undefined if the
 * table has no counts: input of `cpm`, columns of kind count or poisson, or only whole numbers from 0 on.
 * @param column returns a column as it was read, NaN where missing
 * @param train rows of the training split
 */
export function logTotals(
  { columns, transform }: Pick<ModalityScales, 'columns' | 'transform'>,
  { names, column, ids }: RawColumns,
  train: Int32Array,
): Float64Array | undefined {
  if (transform?.kind === 'cpm') return totalsOf(transform.over, column, ids.length);
  const counts = columns.filter(({ kind }) => isCount(kind)).map(({ name }) => name);
  if (counts.length >= MIN_COLUMNS) return totalsOf(counts, column, ids.length);
  const hasKinds = columns.some(({ kind }) => kind !== undefined);
  if (hasKinds || names.length < MIN_COLUMNS || !lookLikeCounts(names, column, train)) return undefined;
  return totalsOf(names, column, ids.length);
}

function totalsOf(names: readonly string[], column: RawColumns['column'], subjects: number): Float64Array {
  const totals = new Float64Array(subjects);
  for (const name of names) {
    const values = column(name);
    for (let row = 0; row < subjects; row++) totals[row] += values[row];
  }
  return totals.map((total) => (total > 0 ? Math.log(total) : NaN));
}

function lookLikeCounts(names: readonly string[], column: RawColumns['column'], train: Int32Array): boolean {
  let counts = 0;
  for (const name of names) {
    const values = column(name);
    let [min, max, sum, squares] = [Infinity, -Infinity, 0, 0];
    for (const row of train) {
      const value = values[row];
      if (Number.isNaN(value)) continue;
      if (!Number.isInteger(value) || value < 0) return false;
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
      squares += value * value;
    }
    const mean = sum / train.length;
    const sd = Math.sqrt(Math.max(0, squares / train.length - mean * mean));
    if (isCount(likelyKind(values, { min, max, mean, sd }))) counts++;
  }
  return counts >= MIN_COUNTS;
}
