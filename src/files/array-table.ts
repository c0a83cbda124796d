// Reads NumPy arrays as tables. A vector in a .npz is a column. A matrix gives one column for each of its columns,
// named by the text vector `columns` of the archive, or else <array>1, <array>2, …. A .npy matrix gives c1, c2, ….

import { InputError } from '../errors/errors.js';
import { damagedFile } from './bytes.js';
import type { OutputColumn } from './csv.js';
import { readNpy, type NpyArray } from './npy.js';
import { readNpz, writeNpz } from './npz.js';
import { checkColumnCount, selectColumns, Table, type TableOptions } from './table.js';
import { columnOfValues, type ColumnValues } from './value-columns.js';

/** Maximum number of columns of a table without rows. */
const MAX_EMPTY_COLUMNS = 2 ** 16;

/**
 * Reads a .npz or .npy file as a table.
 * @throws InputError `unsupported-shape` (scalars, three or more axes), `rows-disagree`, `missing-column`,
 *   `duplicate-column` and what reading the arrays throws
 */
export async function readArrayTable(path: string, options: TableOptions = {}): Promise<Table> {
  const arrays = path.endsWith('.npz') ? await readNpz(path) : new Map([['c', await readNpy(path)]]);
  const matrices = [...arrays.values()].filter(({ shape }) => shape.length === 2);
  const labels = arrays.get('columns');
  const names =
    labels && matrices.length === 1 && isTexts(labels.data) && labels.data.length === matrices[0]?.shape[1]
      ? labels.data
      : undefined;

  const content = [...arrays].filter(([, array]) => !(names && array === labels));
  for (const [name, { shape }] of content) checkShape(name, shape, path);
  const count = content.reduce((sum, [, { shape }]) => sum + (shape[1] ?? 1), 0);
  checkColumnCount(count, path);
  // Columns without rows take no bytes of the file, but building their names would take seconds.
  if (count > MAX_EMPTY_COLUMNS && content.every(([, { shape }]) => shape[0] === 0)) {
    throw damagedFile(path, `it claims ${count} columns and has no rows`);
  }
  const parts = content.flatMap(([name, array]) => partsOf(name, array, names));
  const rows = parts[0]?.length ?? 0;
  const odd = parts.find(({ length }) => length !== rows);
  if (odd) {
    throw new InputError(
      'rows-disagree',
      `${path}: '${parts[0].name}' has ${rows} rows and '${odd.name}' ${odd.length}; all arrays need the same number`,
      { path },
    );
  }
  const available = parts.map(({ name }) => name);
  const isSelected = selectColumns(available, options, path);
  const columns = parts.filter(({ name }) => isSelected(name)).map((part) => columnOfValues(part, options));
  return new Table(path, { rows, columns, available });
}

/** Writes columns as vectors of one .npz archive. @throws FileError `unwritable`, `disk-full` */
export async function writeArrayTable(path: string, columns: readonly OutputColumn[]): Promise<void> {
  await writeNpz(
    path,
    columns.map(({ name, values }): [string, NpyArray] => [name, { shape: [values.length], data: values }]),
  );
}

function checkShape(name: string, shape: readonly number[], path: string): void {
  if (shape.length === 1 || shape.length === 2) return;
  throw new InputError(
    'unsupported-shape',
    `${path}: array '${name}' has shape (${shape.join(', ')}); a table consists of vectors and matrices`,
    { path, name },
  );
}

function partsOf(name: string, { shape, data }: NpyArray, names: readonly string[] | undefined): ColumnValues[] {
  const [length = 0, width = 1] = shape;
  const at = (index: number) => data[index];
  if (shape.length === 1) return [{ name, length, at }];
  return Array.from({ length: width }, (_, column) => ({
    name: names?.[column] ?? `${name}${column + 1}`,
    length,
    at: (row: number) => at(row * width + column),
  }));
}

const isTexts = (data: NpyArray['data']): data is readonly string[] => Array.isArray(data);
