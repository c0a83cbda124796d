// Text tables, plain or gzipped, read as a stream into typed columns: no row objects, no second copy of the text.

import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import { InputError } from '../errors.js';
import { writeFileAtomic } from './atomic.js';
import { damagedFile, MAX_BYTES, readError, regularFileSize, tooLarge } from './bytes.js';
import { causeCode, causeMessage } from './cause.js';
import { findDelimiter } from './delimiter.js';
import { columnReader, transposedReader, type RecordReader } from './record-readers.js';
import type { Table, TableOptions } from './table.js';

const MAX_RECORD = 64 * 2 ** 20;

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
  await regularFileSize(path);
  let header: readonly string[] | undefined;
  let reader: RecordReader | undefined;
  let width = 0;
  const open = options.transposed === undefined ? columnReader : transposedReader;
  try {
    const asked = [...(options.columns ?? []), ...(options.text ?? [])];
    const parser = parse({
      bom: true,
      delimiter: options.delimiter ?? (await findDelimiter(path, asked)),
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: MAX_RECORD,
      // Records end here instead of travelling through a second stream.
      on_record: (record: string[], { lines }) => {
        if (header === undefined) {
          header = record;
        } else {
          if (reader === undefined) {
            width = rowWidth(header, record, options);
            reader = open(path, { header, width }, options);
          }
          if (record.length !== width) throw unequalRow(path, lines, record.length - width);
          reader.add(record);
        }
        return null;
      },
    });
    const source = createReadStream(path, { highWaterMark: 2 ** 18 });
    if (path.endsWith('.gz')) {
      await pipeline(source, createGunzip({ chunkSize: 2 ** 18 }), inflationLimit(path), parser);
    } else {
      await pipeline(source, parser);
    }
  } catch (cause) {
    throw csvError(path, cause);
  }
  if (header === undefined) throw new InputError('empty-table', `${path} is empty: not even a header`, { path });
  reader ??= open(path, { header, width: header.length }, options);
  return reader.finish();
}

/** The columns of a table as CSV, written whole or not at all. @throws FileError `unwritable`, `disk-full` */
export async function writeCsv(path: string, columns: readonly OutputColumn[]): Promise<void> {
  const rows = columns[0]?.values.length ?? 0;
  const writers = columns.map(({ values }) => cellWriter(values));
  await writeFileAtomic(path, async (file) => {
    let text = `${columns.map(({ name }) => quoteCell(name)).join(',')}\n`;
    for (let row = 0; row < rows; row++) {
      text += `${writers.map((write) => write(row)).join(',')}\n`;
      if (text.length > 2 ** 20) {
        await file.writeFile(text);
        text = '';
      }
    }
    await file.writeFile(text);
  });
}

/** The cells of every row: as many as the header has, or one more for a first column without a name. */
function rowWidth(header: readonly string[], first: readonly string[], { text, transposed }: TableOptions): number {
  const mayBeShorter = transposed !== undefined || (text?.includes('') ?? false);
  return mayBeShorter && first.length === header.length + 1 ? first.length : header.length;
}

function unequalRow(path: string, line: number, more: number): InputError {
  const hint = more === 1 ? "; if the first column has no name, as R writes row names, ask for it as ''" : '';
  return damagedFile(path, `line ${line}: it has another number of cells than the header${hint}`);
}

/** Refuses a gzip bomb: text beyond the limit ends the stream. */
function inflationLimit(path: string): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length;
      if (total > MAX_BYTES) done(tooLarge(path, total, MAX_BYTES));
      else done(null, chunk);
    },
  });
}

function csvError(path: string, cause: unknown): unknown {
  if (cause instanceof CsvError) {
    const line = 'lines' in cause ? `line ${String(cause.lines)}: ` : '';
    return damagedFile(path, `${line}${CSV_REASONS[cause.code] ?? cause.message}`, cause);
  }
  const code = causeCode(cause);
  if (code.startsWith('Z_')) return damagedFile(path, `gzip: ${causeMessage(cause)}`, cause);
  return readError(path, cause);
}

const CSV_REASONS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a closing quote is followed by more text',
  INVALID_OPENING_QUOTE: 'a quote stands in the middle of a cell',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${MAX_RECORD} characters`,
};

function cellWriter(values: OutputColumn['values']): (row: number) => string {
  if (values instanceof Float32Array) return (row) => singlePrecision(values[row]);
  if (values instanceof Float64Array) return (row) => (Number.isNaN(values[row]) ? '' : String(values[row]));
  return (row) => quoteCell(values[row]);
}

/** The shortest decimal that reads back as the same 32-bit number. */
function singlePrecision(value: number): string {
  if (Number.isNaN(value)) return '';
  for (const digits of [6, 7, 8]) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

function quoteCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
