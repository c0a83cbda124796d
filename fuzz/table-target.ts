// Checks tables of any format: reads every column as numbers and as texts, writes them as CSV, and reads the same
// values.

import { readTable, writeTable } from '../src/files/read-table.js';
import type { Table } from '../src/files/table.js';
import { inputFile, inputFolder } from './input-files.js';
import { expectEqual } from './target.js';

/** Larger tables are read, but not written. */
const MAX_CELLS = 2000;

export async function expectTableRoundTrip(name: string, bytes: Uint8Array): Promise<void> {
  const path = inputFile(name, bytes);
  const table = await readTable(path);
  const texts = table.columns.filter((column) => table.kind(column) !== 'number');
  const again = texts.length === 0 ? table : await readTable(path, { text: texts, keep: () => true });
  // In CSV, a column without a name contains row numbers and is left out.
  const named = again.columns.filter((name) => name.trim() !== '');
  if (named.length === 0 || named.length * again.rows > MAX_CELLS) return;
  const columns = named.map((name) => ({ name, values: again.column(name) }));
  const written = `${inputFolder()}/written.csv`;
  await writeTable(written, columns);
  const options = { text: texts, keep: () => true, delimiter: ',' } as const;
  expectEqual(valuesOf(await readTable(written, options), named), valuesOf(again, named), 'table');
}

const valuesOf = (table: Table, columns: readonly string[]): unknown[] =>
  columns.map((name) => {
    const values = table.column(name);
    return [name, Array.from<string | number>(values)];
  });
