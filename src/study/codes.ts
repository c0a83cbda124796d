// Decodes the columns of a survey: answers of skipped questions, codes of missing values, other codes, limits of
// measurement, in this order; and summarises several rows of a subject.

import { codesOf } from './cells.js';
import type { TableConfig } from './tables.js';

/** How many values of a column changed, apart from missing and renamed codes. */
export interface AdjustedColumn {
  readonly column: string;
  /** Skipped questions that got their answer. */
  readonly filled: number;
  /** Values below and above what could be measured. */
  readonly below: number;
  readonly above: number;
}

type Rules = Pick<TableConfig, 'skips' | 'missing' | 'recode' | 'limits'>;

const valueOf = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Whether the study says something of the column's codes. */
export function isDecoded(column: string, { skips, missing, recode, limits }: Rules): boolean {
  const hasCodes = codesOf({ missing, recode }, column).numbers.size > 0;
  return hasCodes || valueOf(skips, column) !== undefined || valueOf(limits, column) !== undefined;
}

/**
 * @param raw values of a column by its name, as the file has them, text codes read; NaN where a cell is empty
 * @returns these values themselves where there is nothing to decode
 */
export function decodeColumn(
  column: string,
  raw: (name: string) => Float64Array,
  rules: Rules,
): AdjustedColumn & { readonly values: Float64Array } {
  if (!isDecoded(column, rules)) return { column, values: raw(column), filled: 0, below: 0, above: 0 };
  const { skips, missing, recode, limits } = rules;
  const values = raw(column).slice();
  const skip = valueOf(skips, column);
  let filled = 0;
  if (skip !== undefined) {
    const condition = raw(skip.when);
    const codes = new Set(skip.is);
    for (let row = 0; row < values.length; row++) {
      if (Number.isNaN(values[row]) && codes.has(condition[row])) {
        values[row] = skip.value;
        filled++;
      }
    }
  }
  const { numbers: meanings } = codesOf({ missing, recode }, column);
  const { lower = -Infinity, upper = Infinity } = valueOf(limits, column) ?? {};
  let below = 0;
  let above = 0;
  for (let row = 0; row < values.length; row++) {
    const value = meanings.get(values[row]) ?? values[row];
    if (value < lower) below++;
    if (value > upper) above++;
    values[row] = value < lower ? lower / Math.SQRT2 : Math.min(value, upper);
  }
  return { column, values, filled, below, above };
}

/** Positions of the rows whose values, as in the file, all lie in their ranges; a missing value does not. */
export function rowsWhere(rows: number, raw: (name: string) => Float64Array, where: TableConfig['where']): Int32Array {
  const ranges = Object.entries(where).map(([column, { from = -Infinity, to = Infinity }]) => ({
    values: raw(column),
    from,
    to,
  }));
  const positions = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (ranges.every(({ values, from, to }) => values[row] >= from && values[row] <= to)) positions[count++] = row;
  }
  return positions.slice(0, count);
}

export interface Repeated {
  readonly ids: readonly string[];
  /** Mean over a subject's rows that have a value, NaN where none has. */
  readonly mean: (values: Float64Array) => Float64Array;
  /** Standard deviation over them (n − 1), NaN where fewer than two have one. */
  readonly sd: (values: Float64Array) => Float64Array;
  /** Subjects with fewer rows than required. */
  readonly few: number;
}

/** Rows by subject, in the order of each subject's first row, without subjects that have fewer than `minRows`. */
export function groupRepeats(ids: readonly string[], minRows: number): Repeated {
  const rowsOf = new Map<string, number[]>();
  for (const [row, id] of ids.entries()) {
    const rows = rowsOf.get(id);
    if (rows) rows.push(row);
    else rowsOf.set(id, [row]);
  }
  const subjects = [...rowsOf].filter(([, rows]) => rows.length >= minRows);
  const each = (summary: (values: readonly number[]) => number) => (values: Float64Array) =>
    Float64Array.from(subjects, ([, rows]) =>
      summary(rows.map((row) => values[row]).filter((value) => !Number.isNaN(value))),
    );
  return { ids: subjects.map(([id]) => id), mean: each(mean), sd: each(deviation), few: rowsOf.size - subjects.length };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return values.length < 2
    ? NaN
    : Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
