// One way in for every kind of table, chosen by the file's extension; a format's code is loaded when a file has it.

import { InputError } from '../errors.js';
import type { OutputColumn } from './csv.js';
import type { Table, TableOptions } from './table.js';

export const TABLE_EXTENSIONS = ['.csv', '.csv.gz', '.parquet', '.npz', '.npy'] as const;

/**
 * Read a table: .csv, .csv.gz, .parquet, .npz or .npy.
 *
 * @param options which columns to keep (all by default), and which of them as texts
 * @throws InputError `unknown-format`, `missing-file`, `damaged-file`, `missing-column`, `duplicate-column`,
 *   `empty-table`, `too-large`; FileError `unreadable`
 */
export async function readTable(path: string, options: TableOptions = {}): Promise<Table> {
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
  if (path.endsWith('.csv') || path.endsWith('.csv.gz')) return (await import('./csv.js')).readCsv;
  if (path.endsWith('.parquet')) return (await import('./parquet.js')).readParquet;
  if (path.endsWith('.npz') || path.endsWith('.npy')) return (await import('./array-table.js')).readArrayTable;
  throw unknownFormat(path, TABLE_EXTENSIONS);
}

function unknownFormat(path: string, accepted: readonly string[]): InputError {
  return new InputError('unknown-format', `${path}: a table's name must end in ${accepted.join(', ')}`, { path });
}
