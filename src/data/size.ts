// Sizes that counts are relative to: subjects who were sequenced deeper, or followed for longer, have more of all. A
// size is a column of the table, or the total of the modality's counts; it stands among the values as its logarithm
// less the training part's mean, so that 0 is an ordinary subject.

import { InputError } from '../errors.js';
import type { ColumnScale, Modality } from './dataset.js';
import { isCount, isSize } from './kinds.js';
import { momentsOf, observedRows } from './standardise.js';

/** No column of a table has this name by accident. */
const TOTAL = 'size=total';
/** A subject who has counted nothing at all has a size nevertheless. */
const MIN_TOTAL = 0.5;

type Column = (name: string) => Float64Array;

/** Columns that a model answers for: all but sizes. */
export function answered<T extends Pick<ColumnScale, 'kind'>>(columns: readonly T[]): T[] {
  return columns.filter(({ kind }) => !isSize(kind));
}

/** The modality as a table of answers alone. */
export function withoutSizes(modality: Modality): Modality {
  const { columns, values, observed } = modality;
  const kept = [...columns.keys()].filter((c) => !isSize(columns[c].kind));
  if (kept.length === columns.length) return modality;
  const subjects = values.length / columns.length;
  const placeOf = (at: number): number => Math.floor(at / kept.length) * columns.length + kept[at % kept.length];
  const all = { length: subjects * kept.length };
  return {
    ...modality,
    columns: kept.map((c) => columns[c]),
    values: Float32Array.from(all, (_, at) => values[placeOf(at)]),
    observed: observed && Uint8Array.from(all, (_, at) => observed[placeOf(at)]),
  };
}

/**
 * Of every subject, its counts together as a share of what ordinary ones are together, over the columns that it has; of
 * subjects who have all of them that is their total. At least half a count; NaN where none was observed.
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

/** Sizes of subjects; NaN also where there is no count that they could say something of. */
export function sizesOf(scale: ColumnScale, columns: readonly ColumnScale[], column: Column): Float64Array {
  const totals = countTotals(columns, column);
  if (scale.total) return totals;
  return column(scale.name).map((size, row) => (Number.isNaN(totals[row]) ? NaN : size));
}

interface Sizing {
  /** What messages begin with. */
  readonly place: string;
  readonly size: 'total' | undefined;
  readonly column: Column;
  /** Rows of the training part. */
  readonly train: Int32Array;
}

/**
 * A modality's columns, and the total of its counts behind them where that is asked for.
 * @throws InputError `size-without-counts`; `several-sizes`
 */
export function withTotal(columns: readonly ColumnScale[], { place, size, column, train }: Sizing): ColumnScale[] {
  const sizes = columns.filter(({ kind }) => isSize(kind)).map(({ name }) => name);
  if (size) sizes.push(TOTAL);
  if (sizes.length > 1) {
    throw new InputError(
      'several-sizes',
      `${place}: counts have one size, and here are ${sizes.join(' and ')}; keep one of them, or write their product ` +
        'into one column',
      { columns: sizes },
    );
  }
  const counts = columns.filter(({ kind }) => isCount(kind)).length;
  if (sizes.length === 1 && counts < (size ? 2 : 1)) {
    const needed = size ? 'a total is that of two or more' : 'a size needs one';
    throw new InputError(
      'size-without-counts',
      `${place}: '${sizes[0]}' is a size, and ${counts} columns are count or poisson; ${needed}: say which are in ` +
        'kinds, or leave the size out',
      { column: sizes[0] },
    );
  }
  if (!size) return [...columns];
  const logarithms = countTotals(columns, column).map(Math.log);
  const { mean } = momentsOf(logarithms, observedRows(logarithms, train));
  return [...columns, { name: TOTAL, log: true, offset: 0, mean, sd: 1, kind: 'size', total: true }];
}
