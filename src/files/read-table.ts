// One way in for every kind of table, chosen by the file's extension; a format's code is loaded when a file has it.

import { InputError } from '../errors.js';
import type { OutputColumn } from './csv.js';
import type { Table, TableOptions } from './table.js';

const TEXT_EXTENSIONS = ['.csv', '.csv.gz', '.tsv', '.tsv.gz', '.txt', '.txt.gz'] as const;
export const TABLE_EXTENSIONS = [...TEXT_EXTENSIONS, '.parquet', '.npz', '.npy'] as const;

/**
 * Read a table: .csv, .tsv and .txt, also with .gz; .parquet, .npz or .npy.
 *
 * @param options which columns to keep (all by default), which of them as texts, and how the table is written
 * @throws InputError `unknown-format`, `unsupported-shape`, `missing-file`, `damaged-file`, `missing-column`,
 *   `duplicate-column`, `empty-table`, `too-large`; FileError `unreadable`
 */
export async function readTable(path: string, options: TableOptions = {}): Promise<Table> {
  const isText = TEXT_EXTENSIONS.some((extension) => path.endsWith(extension));
  if (options.transposed !== undefined && !isText) {
    const why = 'a transposed table is read from .csv, .tsv and .txt alone; write this one with subjects in rows';
    throw new InputError('unsupported-shape', `${path}: ${why}`, { path });
  }
  const read = await readerOf(path);
  const table = await read(path, options);
  if (table.rows === 0) throw new InputError('empty-table', `${path} has no rows`, { path });
  return table;
}

/**
 * Write columns of equal length as .csv, .parquet or .npz, whole or not at all.
 *
 * @throws InputError `unknown-format`; FileError `unwritable`, `disk-full`
 */
export async function writeTable(path: string, columns: readonly OutputColumn[]): Promise<void> {
  if (path.endsWith('.csv')) await (await import('./csv.js')).writeCsv(path, columns);
  else if (path.endsWith('.parquet')) await (await import('./parquet.js')).writeParquet(path, columns);
  else if (path.endsWith('.npz')) await (await import('./array-table.js')).writeArrayTable(path, columns);
  else throw unknownFormat(path, ['.csv', '.parquet', '.npz']);
}

async function readerOf(path: string): Promise<(path: string, options: TableOptions) => Promise<Table>> {
  if (TEXT_EXTENSIONS.some((extension) => path.endsWith(extension))) return (await import('./csv.js')).readCsv;
  if (path.endsWith('.parquet')) return (await import('./parquet.js')).readParquet;
  if (path.endsWith('.npz') || path.endsWith('.npy')) return (await import('./array-table.js')).readArrayTable;
  throw unknownFormat(path, TABLE_EXTENSIONS);
}

function unknownFormat(path: string, accepted: readonly string[]): InputError {
  return new InputError('unknown-format', `${path}: a table's name must end in ${accepted.join(', ')}`, { path });
}
