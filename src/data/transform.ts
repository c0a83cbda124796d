// Transforms of the values of a modality before standardisation. cpm and clr need the whole row of a subject, so a
// fitted transform lists the columns of that row. All statistics are those of the training split. cpm is as in edgeR
// (Robinson, McCarthy & Smyth 2010). clr follows Aitchison (1986), with zeros replaced as in Martín-Fernández,
// Barceló-Vidal & Pawlowsky-Glahn (2003).

import { InputError } from '../errors/errors.js';
import type { ColumnScale, ModalityScales, Transform } from './dataset.js';
import { columnOf } from './kinds.js';
import { rankScore, valueOfScore } from './ranks.js';
import { observedRows } from './standardise.js';

/** A transform in a study file. */
export type TransformChoice =
  | { readonly kind: 'log1p' | 'rank' }
  | { readonly kind: 'cpm' }
  | { readonly kind: 'clr' }
  | { readonly kind: 'arcsinh'; readonly cofactor: number };

/** Prior count for a library of mean size, as in edgeR's `cpm(…, log = TRUE)`. */
const PRIOR_COUNT = 2;

/** Columns of a modality by name, one value per subject, NaN where missing; modality and ids are for messages. */
export interface RawColumns {
  readonly modality: string;
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly column: (name: string) => Float64Array;
}

/**
 * Returns the transform with its constants from the training split.
 *
 * @param raw every column that the modality reads
 * @throws InputError `transform-domain`
 */
export function fitTransform(choice: TransformChoice, raw: RawColumns, train: Int32Array): Transform {
  if (choice.kind === 'cpm') {
    const totals = rowTotals(raw, raw.names);
    const rows = observedRows(totals, train);
    return { kind: 'cpm', over: raw.names, meanTotal: rows.reduce((sum, row) => sum + totals[row], 0) / rows.length };
  }
  if (choice.kind === 'clr') {
    let minPositive = Infinity;
    for (const name of raw.names) {
      const values = raw.column(name);
      for (const row of train) if (values[row] > 0) minPositive = Math.min(minPositive, values[row]);
    }
    return { kind: 'clr', over: raw.names, zero: minPositive / 2 };
  }
  return choice;
}

/** A column, with its training values if the transform of its modality is `rank`. */
type Ranked = Pick<ColumnScale, 'name' | 'ranks'>;

/**
 * Returns a function that transforms a column. A missing value stays missing. If the transform needs whole rows, one
 * missing value makes its whole row missing.
 *
 * @throws InputError `transform-domain` for a value or a row outside the domain; the returned function throws it too
 */
export function columnTransform(transform: Transform, raw: RawColumns): (column: Ranked) => Float64Array {
  const each = (change: (value: number, row: number, column: Ranked) => number) => (column: Ranked) =>
    raw.column(column.name).map((value, row) => (Number.isNaN(value) ? NaN : change(value, row, column)));
  switch (transform.kind) {
    case 'log1p': {
      const logarithm = each(Math.log1p);
      return (column) => {
        checkPositive(transform, raw, column.name);
        return logarithm(column);
      };
    }
    case 'arcsinh':
      return each((value) => Math.asinh(value / transform.cofactor));
    case 'rank':
      return each((value, _, { ranks }) => (ranks ? rankScore(ranks, value) : value));
    case 'cpm': {
      const totals = rowTotals(raw, transform.over);
      return each((count, row) => {
        const prior = (PRIOR_COUNT * totals[row]) / transform.meanTotal;
        return Math.log2(((count + prior) / (totals[row] + 2 * prior)) * 1e6);
      });
    }
    case 'clr': {
      rowTotals(raw, transform.over);
      const logarithm = (value: number) => Math.log(value === 0 ? transform.zero : value);
      const centres = new Float64Array(raw.ids.length);
      for (const name of transform.over) {
        for (const [row, value] of raw.column(name).entries()) centres[row] += logarithm(value) / transform.over.length;
      }
      return each((value, row) => logarithm(value) - centres[row]);
    }
  }
}

/** Inverts the transform of a value. `cpm` and `clr` need the whole row, so their values are returned unchanged. */
export function untransformed(transform: Transform, { ranks }: Pick<ColumnScale, 'ranks'>, value: number): number {
  switch (transform.kind) {
    case 'log1p':
      return Math.expm1(value);
    case 'arcsinh':
      return Math.sinh(value) * transform.cofactor;
    case 'rank':
      return ranks ? valueOfScore(ranks, value) : value;
    default:
      return value;
  }
}

/** Returns the columns that a modality is computed from, including those of the whole row for `cpm` and `clr`. */
export function columnsRead({ transform, columns }: ModalityScales): readonly string[] {
  const over = transform && 'over' in transform ? transform.over : [];
  return [...new Set([...over, ...columns.filter(({ total }) => !total).map(columnOf)])];
}

/** True if a transform needs all values of a subject. */
export function needsWholeRows(choice: TransformChoice | undefined): boolean {
  return choice?.kind === 'cpm' || choice?.kind === 'clr';
}

/** Returns the sums of the rows; NaN if a value is missing. Throws for a negative value and for a row of zeros. */
function rowTotals(raw: RawColumns, names: readonly string[]): Float64Array {
  const totals = new Float64Array(raw.ids.length);
  for (const name of names) {
    checkPositive({ kind: 'row' }, raw, name);
    for (const [row, value] of raw.column(name).entries()) totals[row] += value;
  }
  const empty = totals.findIndex((total) => total <= 0 || total === Infinity);
  if (empty < 0) return totals;
  throw new InputError(
    'transform-domain',
    `modality '${raw.modality}', subject ${raw.ids[empty]}: its ${names.length} values add up to ${totals[empty]}, ` +
      'so shares of it are undefined; leave the subject out',
    { modality: raw.modality, subject: raw.ids[empty] },
  );
}

function checkPositive({ kind }: { readonly kind: string }, raw: RawColumns, column: string): void {
  const values = raw.column(column);
  const row = values.findIndex((value) => value < 0);
  if (row < 0) return;
  const { modality, ids } = raw;
  throw new InputError(
    'transform-domain',
    `modality '${modality}', column '${column}', subject ${ids[row]}: ${values[row]} is not a count or abundance, ` +
      `which ${kind === 'log1p' ? 'log1p needs' : 'cpm and clr need'}; correct it or choose another transform ` +
      '(arcsinh, rank)',
    { modality, column, subject: ids[row] },
  );
}
