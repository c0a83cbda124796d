// Sizes that counts are relative to: deeper sequencing or longer follow-up increases all counts of a subject. A size is
// a column of the table, or the total of the counts. It is encoded as its logarithm minus the training mean, so that 0
// is an average subject.

import { InputError } from '../errors/errors.js';
import { COLUMN_KINDS } from '../likelihoods/kinds.js';
import type { ColumnScale, Modality } from './dataset.js';
import { isCount, isSize } from './kinds.js';
import { momentsOf, observedRows } from './standardise.js';

/** Name of the total. A column of a table hardly has this name by chance. */
const TOTAL = 'size=total';
/** Total of a subject with counts of 0 only, whose logarithm must be finite. */
const MIN_TOTAL = 0.5;

type Column = (name: string) => Float64Array;

/** Returns the columns that decoders predict: all except sizes. */
export function predictedColumns<T extends Pick<ColumnScale, 'kind'>>(columns: readonly T[]): T[] {
  return columns.filter(({ kind }) => !isSize(kind));
}

/** Returns the modality without its sizes. */
export function withoutSizes(modality: Modality): Modality {
  const { columns, values, observed } = modality;
  const predicted = [...columns.keys()].filter((c) => !isSize(columns[c].kind));
  if (predicted.length === columns.length) return modality;
  const subjects = values.length / columns.length;
  const placeOf = (at: number): number =>
    Math.floor(at / predicted.length) * columns.length + predicted[at % predicted.length];
  const all = { length: subjects * predicted.length };
  return {
    ...modality,
    columns: predicted.map((c) => columns[c]),
    values: Float32Array.from(all, (_, at) => values[placeOf(at)]),
    observed: observed && Uint8Array.from(all, (_, at) => observed[placeOf(at)]),
  };
}

/**
 * Returns for each subject the sum of its counts divided by the sum of the typical counts of the same columns, which
 * are exp(mean of ln(1 + count)) − 1. The sum is at least half a count; NaN for a subject without an observed count.
 */
export function countTotals(columns: readonly ColumnScale[], column: Column): Float64Array {
  const counts = columns.filter(({ kind }) => isCount(kind));
  const totals = new Float64Array(column(counts[0].name).length);
  const ordinary = new Float64Array(totals.length);
  for (const { name, mean } of counts) {
    const values = column(name);
    for (let row = 0; row < totals.length; row++) {
      if (Number.isNaN(values[row])) continue;
      totals[row] += values[row];
      ordinary[row] += Math.expm1(mean);
    }
  }
  return totals.map((total, row) => (ordinary[row] === 0 ? NaN : Math.max(total, MIN_TOTAL) / ordinary[row]));
}

/** Returns the sizes of subjects; NaN also for a subject without an observed count. */
export function sizesOf(scale: ColumnScale, columns: readonly ColumnScale[], column: Column): Float64Array {
  const totals = countTotals(columns, column);
  if (scale.total) return totals;
  return column(scale.name).map((size, row) => (Number.isNaN(totals[row]) ? NaN : size));
}

interface Sizing {
  /** Beginning of messages. */
  readonly place: string;
  readonly size: 'total' | undefined;
  readonly column: Column;
  /** Rows of the training split. */
  readonly train: Int32Array;
}

/**
 * Returns the columns of a modality, followed by the total of its counts if `size` asks for it.
 * @throws InputError `size-without-counts`; `several-sizes`
 */
export function withTotal(columns: readonly ColumnScale[], { place, size, column, train }: Sizing): ColumnScale[] {
  const sizes = columns.filter(({ kind }) => isSize(kind)).map(({ name }) => name);
  if (size) sizes.push(TOTAL);
  if (sizes.length > 1) {
    throw new InputError(
      'several-sizes',
      `${place}: counts have one size, but there are ${sizes.join(' and ')}; keep one of them, or write their ` +
        'product into one column',
      { columns: sizes },
    );
  }
  const counts = columns.filter(({ kind }) => isCount(kind)).length;
  if (sizes.length === 1 && counts < (size ? 2 : 1)) {
    const needed = size ? 'a total needs two or more' : 'a size needs one';
    const kinds = COLUMN_KINDS.filter(isCount).join(' or ');
    throw new InputError(
      'size-without-counts',
      `${place}: '${sizes[0]}' is a size, and ${counts} columns are ${kinds}; ${needed}: list the counts in ` +
        'kinds, or leave the size out',
      { column: sizes[0] },
    );
  }
  if (!size) return [...columns];
  const logarithms = countTotals(columns, column).map(Math.log);
  const { mean } = momentsOf(logarithms, observedRows(logarithms, train));
  return [...columns, { name: TOTAL, log: true, offset: 0, mean, sd: 1, kind: 'size', total: true }];
}
