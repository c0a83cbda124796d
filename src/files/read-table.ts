// One way in for every kind of table, chosen by the file's extension.

import { InputError } from '../errors.js';
import { readArrayTable, writeArrayTable } from './array-table.js';
import { readCsv, writeCsv, type OutputColumn } from './csv.js';
import { readParquet, writeParquet } from './parquet.js';
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
  const table = await readerOf(path)(path, options);
  if (table.rows === 0) throw new InputError('empty-table', `${path} has no rows`, { path });
  return table;
}

/**
 * Write columns of equal length as .csv, .parquet or .npz, whole or not at all.
 *
 * @throws InputError `unknown-format`; FileError `unwritable`, `disk-full`
 */
export async function writeTable(path: string, columns: readonly OutputColumn[]): Promise<void> {
  if (path.endsWith('.csv')) await writeCsv(path, columns);
  else if (path.endsWith('.parquet')) await writeParquet(path, columns);
  else if (path.endsWith('.npz')) await writeArrayTable(path, columns);
  else throw unknownFormat(path, ['.csv', '.parquet', '.npz']);
}

function readerOf(path: string): (path: string, options: TableOptions) => Promise<Table> {
  if (path.endsWith('.csv') || path.endsWith('.csv.gz')) return readCsv;
  if (path.endsWith('.parquet')) return readParquet;
  if (path.endsWith('.npz') || path.endsWith('.npy')) return readArrayTable;
  throw unknownFormat(path, TABLE_EXTENSIONS);
}

function unknownFormat(path: string, accepted: readonly string[]): InputError {
  return new InputError('unknown-format', `${path}: a table's name must end in ${accepted.join(', ')}`, { path });
}
