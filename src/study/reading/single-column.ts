// Reads one column of a table for causes and batches. The table identifies subjects in the same ways as that of a
// modality.

import type { ColumnConfig } from '../grammar/causes.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { StudyPath } from '../grammar/tables.js';
import { readVariables, type ColumnForm } from './subject-variables.js';

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

/** Reads a column. @throws InputError what `readVariables` throws */
export async function readColumn(
  file: StudyFile,
  config: ColumnConfig,
  { at, levels: known, rows, recordings }: ColumnPlace,
): Promise<SingleColumn> {
  const codes = { missing: config.missing ?? {}, recode: config.recode ?? {} };
  const form: ColumnForm = known === 'any' ? 'levels' : known ? { levels: known } : 'numbers';
  const columns = new Map([[config.column, form]]);
  const { ids, variables } = await readVariables(file, { ...config, ...codes }, { at, columns, rows });
  const [{ levels, values }] = variables;
  const rowOf = new Map(ids.map((subject, row) => [subject, row]));
  return {
    levels,
    valueOf: (subject) => {
      const row = rowOf.get(subject) ?? rowOf.get(recordings.get(subject) ?? '');
      return row === undefined ? NaN : values[row];
    },
  };
}
