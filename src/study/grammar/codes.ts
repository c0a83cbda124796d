// Decodes the columns of a survey, in this order: answers of skipped questions, codes of missing values, other codes,
// limits of measurement. Also averages several rows of a subject.

import { codesOf } from './cells.js';
import type { TableConfig } from './tables.js';
import { mean } from '../../metrics/vectors.js';

/** Number of values of a column that changed, apart from missing and recoded ones. */
export interface AdjustedColumn {
  readonly column: string;
  /** Number of skipped questions that got an answer. */
  readonly filled: number;
  /** Number of values below the lower limit. */
  readonly below: number;
  /** Number of values above the upper limit. */
  readonly above: number;
}

type NumberRule = TableConfig['where'][string];
type Rules = Pick<TableConfig, 'skips' | 'missing' | 'recode' | 'limits'>;

const valueOf = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** True if the study has codes or limits for the column. */
export function isDecoded(column: string, { skips, missing, recode, limits }: Rules): boolean {
  const hasCodes = codesOf({ missing, recode }, column).numbers.size > 0;
  return hasCodes || valueOf(skips, column) !== undefined || valueOf(limits, column) !== undefined;
}

/**
 * Returns a decoded column; the same array if there is nothing to decode.
 * @param raw returns the values of a column as in the file, text codes as numbers, NaN where a cell is empty
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

/** Returns a function that says whether a value meets a rule. A missing value meets none. */
export function ruleOf({ is, from = -Infinity, to = Infinity }: NumberRule): (value: number) => boolean {
  if (!is) return (value) => value >= from && value <= to;
  const accepted = new Set(is);
  return (value) => accepted.has(value);
}

/** Returns the rows whose values, as in the file, meet all rules. */
export function rowsWhere(rows: number, raw: (name: string) => Float64Array, where: TableConfig['where']): Int32Array {
  const rules = Object.entries(where).map(([column, rule]) => ({ values: raw(column), meets: ruleOf(rule) }));
  const positions = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (rules.every(({ values, meets }) => meets(values[row]))) positions[count++] = row;
  }
  return positions.slice(0, count);
}

export interface Repeated {
  readonly ids: readonly string[];
  /** Returns the mean over a subject's rows with a value, NaN if no row has one. */
  readonly mean: (values: Float64Array) => Float64Array;
  /** Returns the standard deviation over these rows (n − 1), NaN if there are fewer than two. */
  readonly sd: (values: Float64Array) => Float64Array;
  /** Number of subjects with fewer rows than required. */
  readonly few: number;
}

/** Groups rows by subject, in the order of first rows, without subjects that have fewer than `minRows` rows. */
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

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return values.length < 2
    ? NaN
    : Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
