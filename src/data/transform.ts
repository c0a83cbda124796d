// What may be done to a modality's values before they are standardised. Library size and centred log-ratio need a
// subject's whole row, so a fitted transform names the columns of that row; all statistics are those of the training
// part. cpm as in edgeR (Robinson, McCarthy & Smyth 2010); clr after Aitchison (1986), zeros replaced as in
// Martín-Fernández, Barceló-Vidal & Pawlowsky-Glahn (2003).

import { InputError } from '../errors.js';
import type { ColumnScale, ModalityScales, Transform } from './dataset.js';
import { columnOf } from './kinds.js';
import { rankScore, valueOfScore } from './ranks.js';
import { observedRows } from './standardise.js';

/** A transform as a study asks for it. */
export type TransformChoice =
  | { readonly kind: 'log1p' | 'rank' }
  | { readonly kind: 'cpm' }
  | { readonly kind: 'clr' }
  | { readonly kind: 'arcsinh'; readonly cofactor: number };

/** Counts that are added for a library of mean size, as in edgeR's `cpm(…, log = TRUE)`. */
const PRIOR_COUNT = 2;

/** Columns of a modality by name, one value per subject, NaN where it is missing, and who they are in messages. */
export interface RawColumns {
  readonly modality: string;
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly column: (name: string) => Float64Array;
}

/**
 * The transform with what it needs of the training part.
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
    let least = Infinity;
    for (const name of raw.names) {
      const values = raw.column(name);
      for (const row of train) if (values[row] > 0) least = Math.min(least, values[row]);
    }
    return { kind: 'clr', over: raw.names, zero: least / 2 };
  }
  return choice;
}

/** A column, with the ranks of its training part where its modality has the transform `rank`. */
type Ranked = Pick<ColumnScale, 'name' | 'ranks'>;

/**
 * How the transform changes a column: its values for the same subjects, one column at a time. A missing value stays
 * one, and makes a whole row missing where the transform needs it all.
 *
 * @throws InputError `transform-domain` for a value or a row that it does not take, now or of a column
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

/** A transformed value in the column's own unit; of `cpm` and `clr`, which need the whole row, the value itself. */
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

/** Columns that a modality is made from: those of whole rows where its transform needs these, else its own. */
export function columnsRead({ transform, columns }: ModalityScales): readonly string[] {
  const over = transform && 'over' in transform ? transform.over : [];
  return [...new Set([...over, ...columns.filter(({ total }) => !total).map(columnOf)])];
}

/** Whether a transform takes a subject's values together, so that it needs all of them. */
export function needsWholeRows(choice: TransformChoice | undefined): boolean {
  return choice?.kind === 'cpm' || choice?.kind === 'clr';
}

/** Sums of the rows, which are not negative and not all 0; NaN where a value is missing. */
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
      'so there is no share of them; leave the subject out',
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
    `modality '${modality}', column '${column}', subject ${ids[row]}: ${values[row]} is no count or abundance, which ` +
      `${kind === 'log1p' ? 'log1p' : 'cpm and clr'} transform; correct it or choose another transform (arcsinh, rank)`,
    { modality, column, subject: ids[row] },
  );
}
