// Options with which every table of a study is read, and the subject of each of its rows.

import type { Table, TableOptions } from '../../files/table.js';
import { textList } from '../../text/text-list.js';
import type { StudyFile } from '../grammar/study-file.js';
import { joinsRows, subjectIds } from '../grammar/subject-id.js';
import type { TableConfig, StudyPath } from '../grammar/tables.js';
import { ARRAY_KINDS } from '../../data/regular-array.js';
import { arrayKeysOf, kindOf } from '../grammar/array-keys.js';
import type { ModalityConfig } from '../grammar/schema.js';

/** Form and subjects of a table, where they differ from those of the study or are not in the header. */
export interface TableForm extends Pick<TableConfig, 'id' | 'delimiter' | 'transposed' | 'sheet' | 'part'> {
  /** Columns that identify a row's recording together, instead of an id. */
  readonly recording?: readonly string[] | undefined;
}

/** Separates the parts of a recording's name. */
const RECORDING_JOINT = '/';

/** Returns the options of reading a table. @param texts further required columns that are read as texts */
export function rowOptions(file: StudyFile, form: TableForm, texts: Iterable<string> = []): TableOptions {
  const { delimiter, transposed, recording, sheet, part } = form;
  const { column: id } = subjectIds(file.config.id, form);
  return {
    text: [...(recording ?? (id === undefined ? [] : [id])), ...texts],
    ...(id !== undefined && { index: id }),
    ...(delimiter && { delimiter }),
    ...(sheet !== undefined && { sheet }),
    ...(part !== undefined && { part }),
    ...(transposed && { transposed: id ?? '' }),
  };
}

/**
 * Returns the subject or the recording of each row, '' where the table names none.
 * @param table table that was read with `rowOptions`
 * @param before number of rows of the tables before it in the stack
 */
export function subjectsOf(file: StudyFile, form: TableForm, table: Table, before: number): readonly string[] {
  const { column, idOf } = subjectIds(file.config.id, form);
  if (form.recording) {
    const parts = form.recording.map((name) => table.texts(name));
    return Array.from({ length: table.rows }, (_, row) => {
      const names = parts.map((texts) => texts[row]);
      return names.includes('') ? '' : names.join(RECORDING_JOINT);
    });
  }
  if (joinsRows(file.config.id)) return textList(rowNumbers(before + 1, table.rows));
  const texts = table.texts(column ?? '');
  return idOf ? textList(mapped(texts, idOf)) : texts;
}

function* rowNumbers(first: number, count: number): Generator<string> {
  for (let row = 0; row < count; row++) yield String(first + row);
}

function* mapped(texts: readonly string[], change: (text: string) => string): Generator<string> {
  for (const text of texts) yield change(text);
}

export interface ModalityTables {
  /** Empty for images in an array, which have no table. */
  readonly table: TableConfig['table'];
  /** Place of `table` in the modality. */
  readonly at: StudyPath;
  readonly form: TableForm;
}

export function tableOf(config: ModalityConfig): ModalityTables {
  if ('table' in config) return { table: config.table, at: [], form: config };
  const { source } = arrayKeysOf(config);
  return { table: source.table ?? [], at: [ARRAY_KINDS[kindOf(config)].plural], form: source };
}
