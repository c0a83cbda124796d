// Builds typed columns from the rows of a text table. In a transposed table, each row of the file is a column.

import { InputError } from '../errors/errors.js';
import { ColumnBuilder } from './column-builder.js';
import type { Cells } from './record-scanner.js';
import { SpillPlace } from './spilling-blocks.js';
import {
  checkColumnCount,
  isRequested,
  missingColumn,
  selectColumns,
  Table,
  type Column,
  type TableOptions,
} from './table.js';

/** Receives the rows of a text table. */
export interface RecordReader {
  readonly add: (record: Cells) => void;
  readonly finish: () => Table;
}

interface Shape {
  readonly header: readonly string[];
  /** Number of cells of every row: that of the header, or one more if the first column has no name. */
  readonly width: number;
  /** Number of rows of the file before the first. */
  readonly before: number;
  /** Expected number of rows. */
  readonly rows?: number | undefined;
}

/** Returns the reader of a table with subjects in rows. */
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
  const isSelected = selectNamed(available, { options, hasUnnamed: names[0] === '' }, path);
  const selected = names.filter((name, index) => isNamed(name, index) && isSelected(name));
  const place = new SpillPlace(selected.length);
  const wanted = names.flatMap((name, index) => {
    if (!isNamed(name, index) || !isSelected(name)) return [];
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

/** As `selectColumns`. If an identifier is missing, the error mentions a first column without a name. */
function selectNamed(
  available: readonly string[],
  { options, hasUnnamed }: { readonly options: TableOptions; readonly hasUnnamed: boolean },
  path: string,
): (name: string) => boolean {
  const id = options.text?.find((name) => !available.includes(name));
  if (id === '') throw new InputError('missing-column', `the first column of ${path} has a name: '${available[0]}'`);
  if (id === undefined || !hasUnnamed) return selectColumns(available, options, path);
  const { code, message, details } = missingColumn(id, available, path);
  throw new InputError(code, `${message}; its first column has no name: request it as ''`, { ...details });
}

/**
 * Returns the reader of a table with subjects in columns, such as an expression matrix. The header, without the cell
 * above the names of the variables, becomes the column of identifiers, named `options.transposed`.
 */
export function transposedReader(path: string, { header, width }: Shape, options: TableOptions): RecordReader {
  const { transposed: idName = '', text = [] } = options;
  const ids = new ColumnBuilder(idName, { asText: true });
  for (const cell of header.length === width ? header.slice(1) : header) ids.addText(cell);
  const isSelected = isRequested(options);
  const available = [idName];
  const columns: Column[] = [ids.finish()];
  return {
    add: (record) => {
      const name = record.text(0).trim();
      available.push(name);
      if (!isSelected(name)) return;
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
