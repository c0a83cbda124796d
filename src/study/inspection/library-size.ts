// Totals of a table of counts. A subject that was sequenced deeper has larger counts of everything, so a latent can
// follow the total unless the study removes it. Also reports what the counts of a modality are relative to.

import { isCount, isSize } from '../../data/kinds.js';
import type { ModalityScales, Modality } from '../../data/dataset.js';
import type { RawColumns } from '../../data/transform.js';
import type { SizeReport } from './inspection.js';
import { likelyKind } from './kind-guesses.js';
import { quantileOf } from '../../data/ranks.js';
import { countTotals, sizesOf } from '../../data/size.js';
import { observedRows } from '../../data/standardise.js';

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

const QUANTILES = [0.1, 0.9];
/** A size is suggested for at least `MIN_COLUMNS` counts if their totals differ by more than this factor. */
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
  if (!size && counts.length < MIN_COLUMNS) return undefined;
  const sizes = size ? sizesOf(size, columns, column) : countTotals(columns, column);
  const sorted = Float64Array.from(observedRows(sizes, train), (row) => sizes[row]).sort();
  const [low, high] = QUANTILES.map((share) => quantileOf(sorted, share));
  const spread = high / low;
  if (size) return { of: size.total ? 'total' : size.name, spread };
  return spread > MIN_SPREAD ? { spread } : undefined;
}
