// Rows of a table and whose they are: how every table of a study is opened, and the subject of each of its rows.

import type { Table, TableOptions } from '../files/table.js';
import { textList } from '../text-list.js';
import type { StudyFile } from './study-file.js';
import { joinsRows, subjectIds } from './subject-id.js';
import type { TableConfig } from './tables.js';

/** What a table says of its form and its subjects, where the study or the header does not. */
export interface TableForm extends Pick<TableConfig, 'id' | 'delimiter' | 'transposed' | 'sheet' | 'part'> {
  /** Columns that tell a row's recording together, instead of an id. */
  readonly recording?: readonly string[] | undefined;
}

/** Between the parts of a recording's name. */
const RECORDING_JOINT = '/';

/** @param texts further columns that must be there and are kept as texts */
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
 * The subject or the recording of each row, '' where the table names none.
 * @param table read with `rowOptions`
 * @param before rows of the tables that it is stacked on
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
