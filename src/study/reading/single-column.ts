// Reads one column of a table for causes and batches. The table identifies subjects in the same ways as that of a
// modality.

import type { ColumnConfig } from '../grammar/causes.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { StudyPath } from '../grammar/tables.js';
import { readTableGroup } from './modality-table.js';
import { checkRowCounts } from './row-counts.js';

export interface ColumnPlace {
  readonly at: StudyPath;
  /** Known levels, or `any`; undefined for numbers. */
  readonly levels: readonly string[] | 'any' | undefined;
  /** Number of rows of the study's tables, if subjects are identified by the number of the row. */
  readonly rows: number | undefined;
  /** Recording of each subject that is a window. Windows have the value of their recording. */
  readonly recordings: ReadonlyMap<string, string>;
}

export interface SingleColumn {
  /** Numbers by size, texts by alphabet, or those that were known; undefined for numbers. */
  readonly levels: readonly string[] | undefined;
  /** Returns the position of the level of a subject, or its number; NaN if it has none. */
  readonly valueOf: (id: string) => number;
}

/** Reads a column. @throws InputError what `readTableGroup` throws, `unknown-level`, `rows-disagree` */
export async function readColumn(
  file: StudyFile,
  { table, id, delimiter, decimal, sheet, part, transposed, where, missing, recode, column }: ColumnConfig,
  { at, levels: known, rows, recordings }: ColumnPlace,
): Promise<SingleColumn> {
  const name = String(at.at(-1));
  const form = { table, id, delimiter, decimal, sheet, part, transposed, where };
  const codes = { missing: missing ?? {}, recode: recode ?? {} };
  const config = { ...form, ...codes, columns: [column], skips: {}, limits: {}, labels: {} };
  const levels = typeof known === 'object' ? { [column]: known } : {};
  const kinds = known && { kinds: { kinds: { [column]: 'categorical' as const }, levels } };
  const read = await readTableGroup(file, { at, name, config, ...kinds });
  checkRowCounts(file, [read], rows);
  const [{ levels: named, values: readValues }] = read.columns;
  const values = readValues();
  const rowOf = new Map(read.ids.map((subject, row) => [subject, row]));
  return {
    levels: named,
    valueOf: (subject) => {
      const row = rowOf.get(subject) ?? rowOf.get(recordings.get(subject) ?? '');
      return row === undefined ? NaN : values[row];
    },
  };
}
