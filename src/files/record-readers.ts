// From the rows of a text table to typed columns: a column of the file is one, or, in a transposed table, a row is.

import { InputError } from '../errors.js';
import { ColumnBuilder } from './column-builder.js';
import type { Cells } from './record-scanner.js';
import { SpillPlace } from './spilling-blocks.js';
import {
  checkColumnCount,
  isAskedFor,
  missingColumn,
  selectColumns,
  Table,
  type Column,
  type TableOptions,
} from './table.js';

/** Takes the rows of a text table. */
export interface RecordReader {
  readonly add: (record: Cells) => void;
  readonly finish: () => Table;
}

interface Shape {
  readonly header: readonly string[];
  /** Cells of every row; one more than the header has where the first column has no name. */
  readonly width: number;
  /** Rows of the file before the first. */
  readonly before: number;
  /** Rows that are expected. */
  readonly rows?: number | undefined;
}

/** Subjects in rows. */
export function columnReader(
  path: string,
  { header, width, before, rows: expected }: Shape,
  options: TableOptions,
): RecordReader {
  const { text = [] } = options;
  checkColumnCount(width, path);
  const names = (header.length < width ? ['', ...header] : header).map((name) => name.trim());
  const isNamed = (name: string, index: number) => name !== '' || (index === 0 && text.includes(''));
  const available = names.filter(isNamed);
  const isKept = selectNamed(available, { options, hasUnnamed: names[0] === '' }, path);
  const kept = names.filter((name, index) => isNamed(name, index) && isKept(name));
  const place = new SpillPlace(kept.length);
  const wanted = names.flatMap((name, index) => {
    if (!isNamed(name, index) || !isKept(name)) return [];
    const builder = new ColumnBuilder(name, {
      asText: text.includes(name),
      numberOf: options.numberOf?.(name),
      rows: expected,
      place,
    });
    return [{ index, builder }];
  });
  let rows = 0;
  return {
    add: (record) => {
      rows++;
      for (const { index, builder } of wanted) builder.addCell(record, index);
    },
    finish: () => new Table(path, { rows, before, columns: wanted.map(({ builder }) => builder.finish()), available }),
  };
}

/** As `selectColumns`; where an identifier is missing it says that there is a column without a name. */
function selectNamed(
  available: readonly string[],
  { options, hasUnnamed }: { readonly options: TableOptions; readonly hasUnnamed: boolean },
  path: string,
): (name: string) => boolean {
  const id = options.text?.find((name) => !available.includes(name));
  if (id === '') throw new InputError('missing-column', `the first column of ${path} has a name: '${available[0]}'`);
  if (id === undefined || !hasUnnamed) return selectColumns(available, options, path);
  const { code, message, details } = missingColumn(id, available, path);
  throw new InputError(code, `${message}; its first column has no name: ask for it as ''`, { ...details });
}

/**
 * Subjects in columns, as expression matrices are written. The header, without a cell above the names of the variables,
 * becomes the column of identifiers, called `options.transposed`.
 */
export function transposedReader(path: string, { header, width }: Shape, options: TableOptions): RecordReader {
  const { transposed: idName = '', text = [] } = options;
  const ids = new ColumnBuilder(idName, { asText: true });
  for (const cell of header.length === width ? header.slice(1) : header) ids.addText(cell);
  const isKept = isAskedFor(options);
  const available = [idName];
  const columns: Column[] = [ids.finish()];
  return {
    add: (record) => {
      const name = record.text(0).trim();
      available.push(name);
      if (!isKept(name)) return;
      const column = new ColumnBuilder(name, { asText: text.includes(name), numberOf: options.numberOf?.(name) });
      for (let subject = 1; subject < width; subject++) column.addCell(record, subject);
      columns.push(column.finish());
    },
    finish: () => {
      selectColumns(available, options, path);
      return new Table(path, { rows: width - 1, columns, available });
    },
  };
}
