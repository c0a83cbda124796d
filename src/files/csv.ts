// Text tables, plain or gzipped, read as a stream into typed columns: no row objects, no second copy of the text.

import { InputError } from '../errors.js';
import { writeFileAtomic } from './atomic.js';
import { damagedFile, readError, regularFileSize } from './bytes.js';
import { causeCode, causeMessage } from './cause.js';
import { findDelimiter } from './delimiter.js';
import { floatText } from './float-text.js';
import { columnReader, transposedReader, type RecordReader } from './record-readers.js';
import { RecordError, RecordScanner, type Cells } from './record-scanner.js';
import type { Table, TableOptions } from './table.js';
import { textChunks } from './text-chunks.js';

/** A column to write; NaN becomes an empty cell. */
export interface OutputColumn {
  readonly name: string;
  readonly values: Float64Array | Float32Array | readonly string[];
}

/**
 * Read a text table with a header: .csv, .tsv or .txt, or one of them with .gz. Columns without a name (row numbers
 * written by R) are left out, but for the first one where `text` asks for ''.
 *
 * @throws InputError `missing-file`, `damaged-file` (names the line), `missing-column`, `duplicate-column`,
 *   `empty-table`, `too-large`; FileError `unreadable`
 */
export async function readCsv(path: string, options: TableOptions = {}): Promise<Table> {
  let table: Table | undefined;
  for await (const part of readCsvParts(path, options)) table = part;
  return table!;
}

/**
 * The rows of a text table in parts, each a table; one part, perhaps without rows, where it has no more.
 *
 * @param rows of a part; all in one when left out
 * @throws what `readCsv` throws
 */
export async function* readCsvParts(
  path: string,
  options: TableOptions = {},
  rows: number = Infinity,
): AsyncGenerator<Table> {
  await regularFileSize(path);
  const asked = [...(options.columns ?? []), ...(options.text ?? [])];
  const scanner = new RecordScanner(options.delimiter ?? (await delimiterOf(path, asked)));
  const open = options.transposed === undefined ? columnReader : transposedReader;
  let header: readonly string[] | undefined;
  let reader: RecordReader | undefined;
  let width = 0;
  let before = 0;
  let count = 0;
  try {
    for await (const chunk of withEnd(textChunks(path))) {
      if (chunk) scanner.append(chunk);
      else scanner.end();
      while (scanner.next()) {
        if (header === undefined) {
          header = textsOf(scanner);
          continue;
        }
        if (width === 0) width = rowWidth(header, scanner, options);
        if (scanner.count !== width) throw unequalRow(path, scanner.line, scanner.count - width);
        // A part after a whole one is likely to be whole too.
        reader ??= open(path, { header, width, before, rows: before > 0 ? rows : undefined }, options);
        reader.add(scanner);
        if (++count < rows) continue;
        yield reader.finish();
        reader = undefined;
        before += count;
        count = 0;
      }
    }
  } catch (cause) {
    if (cause instanceof RecordError) throw damagedFile(path, `line ${cause.line}: ${cause.message}`, cause);
    throw readError(path, cause);
  }
  if (header === undefined) throw new InputError('empty-table', `${path} is empty: not even a header`, { path });
  if (before > 0 && count === 0) return;
  reader ??= open(path, { header, width: header.length, before }, options);
  yield reader.finish();
}

async function delimiterOf(path: string, asked: readonly string[]): Promise<string> {
  try {
    return await findDelimiter(path, asked);
  } catch (cause) {
    const code = causeCode(cause);
    throw code.startsWith('Z_') ? damagedFile(path, `gzip: ${causeMessage(cause)}`, cause) : readError(path, cause);
  }
}

/** The chunks, then undefined. */
async function* withEnd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array | undefined> {
  yield* chunks;
  yield undefined;
}

function textsOf(cells: Cells): string[] {
  return Array.from({ length: cells.count }, (_, cell) => cells.text(cell));
}

/** The columns of a table as CSV, written whole or not at all. @throws FileError `unwritable`, `disk-full` */
export async function writeCsv(path: string, columns: readonly OutputColumn[]): Promise<void> {
  await writeCsvParts(path, [columns]);
}

/**
 * As `writeCsv`, of rows that come in parts with the same columns.
 * @throws what `parts` throws; FileError `unwritable`, `disk-full`: then nothing is written
 */
export async function writeCsvParts(
  path: string,
  parts: AsyncIterable<readonly OutputColumn[]> | Iterable<readonly OutputColumn[]>,
): Promise<void> {
  await writeFileAtomic(path, async (file) => {
    let text = '';
    let isFirst = true;
    for await (const columns of parts) {
      if (isFirst) text += `${columns.map(({ name }) => quoteCell(name)).join(',')}\n`;
      isFirst = false;
      const rows = columns[0]?.values.length ?? 0;
      const writers = columns.map(({ values }) => cellWriter(values));
      // A line without anything is no row.
      if (writers.length === 1) writers[0] = neverEmpty(writers[0]);
      for (let row = 0; row < rows; row++) {
        for (let cell = 0; cell < writers.length; cell++) text += (cell === 0 ? '' : ',') + writers[cell](row);
        text += '\n';
        if (text.length > 2 ** 20) {
          await file.writeFile(text);
          text = '';
        }
      }
    }
    await file.writeFile(text);
  });
}

/** The cells of every row: as many as the header has, or one more for a first column without a name. */
function rowWidth(header: readonly string[], first: Cells, { text, transposed }: TableOptions): number {
  const mayBeShorter = transposed !== undefined || (text?.includes('') ?? false);
  return mayBeShorter && first.count === header.length + 1 ? first.count : header.length;
}

function unequalRow(path: string, line: number, more: number): InputError {
  const hint = more === 1 ? "; if the first column has no name, as R writes row names, ask for it as ''" : '';
  return damagedFile(path, `line ${line}: it has another number of cells than the header${hint}`);
}

function cellWriter(values: OutputColumn['values']): (row: number) => string {
  if (values instanceof Float32Array) return (row) => (Number.isNaN(values[row]) ? '' : floatText(values[row]));
  if (values instanceof Float64Array) return (row) => numberText(values[row]);
  return (row) => quoteCell(values[row]);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return '';
  return Object.is(value, -0) ? '-0' : String(value);
}

function neverEmpty(write: (row: number) => string): (row: number) => string {
  return (row) => write(row) || '""';
}

function quoteCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
