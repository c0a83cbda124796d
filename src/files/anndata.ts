// Reads AnnData and MuData in HDF5 (https://anndata.readthedocs.io/en/stable/fileformat-prose.html): a dense or sparse
// matrix of observations × variables, and tables of both. The index of obs names the rows, and the index of var names
// the columns of a matrix. Only the selected columns of a sparse matrix are in memory.

import { InputError } from '../errors/errors.js';
import { partOf, type AnnDataPart } from './anndata-parts.js';
import { dataframeColumns, indexOf, type FrameColumn } from './anndata-frames.js';
import { damagedFile } from './bytes.js';
import { withHdf5, type Hdf5File } from './hdf5.js';
import { SparseColumns } from './sparse-columns.js';
import { selectColumns, Table, type Column, type TableOptions } from './table.js';
import { columnOfValues } from './value-columns.js';

/** If at most one of this number of columns is selected, reading each alone is faster than reading all. */
const COLUMNS_PER_SELECTED = 8;

/**
 * Reads a part of a `.h5ad` (`X`, or as in `options.part`: `layers/counts`, `raw/X`, `obs`, `var`, `obsm/X_pca`) or of
 * a `.h5mu` (`rna`, `rna/layers/counts`, `obs`). Columns of obs are added to a matrix if they are requested by name.
 * `options.index` names the column of row names, unless obs has a column of that name.
 *
 * @throws InputError `missing-peer`, `damaged-file`, `unsupported-type` for an unsupported encoding,
 *   `ambiguous-part`, `unknown-part`, `missing-column`, `duplicate-column`, `rows-disagree`; FileError `unreadable`
 */
export async function readAnnData(path: string, options: TableOptions = {}): Promise<Table> {
  return withHdf5(path, async (file) => {
    const part = await partOf(file, options.part);
    const rowNames = await indexOf(file, part.rows);
    const annotations = part.annotations === undefined ? [] : await dataframeColumns(file, part.annotations);
    const frame = part.kind === 'frame' ? await dataframeColumns(file, part.at) : undefined;
    const names = frame ? frame.map(({ name }) => name) : await columnNames(file, part);
    const further = annotations.filter(({ name }) => !names.includes(name));
    const isColumn = [...names, ...further.map(({ name }) => name)].includes(options.index ?? '');
    const index = isColumn ? undefined : (options.index ?? 'index');
    const available = [...(index === undefined ? [] : [index]), ...names, ...further.map(({ name }) => name)];
    const isSelected = selectColumns(available, options, path);
    const requested = new Set([...(options.columns ?? []), ...(options.text ?? [])]);
    const joined = further.filter(({ name }) => requested.has(name) || options.named?.(name) === true);
    const selected = names.map((name, position) => ({ name, position })).filter(({ name }) => isSelected(name));
    const columns: Column[] = index === undefined ? [] : [{ name: index, kind: 'text', texts: rowNames }];
    for (const column of joined) columns.push(await frameColumn(file, column, rowNames.length, options));
    if (frame) {
      for (const { position } of selected) {
        columns.push(await frameColumn(file, frame[position], rowNames.length, options));
      }
    } else {
      const matrix = { rows: rowNames.length, width: names.length, selected };
      columns.push(...(await (part.kind === 'dense' ? readDense : readSparse)(file, part, matrix)));
    }
    return new Table(path, { rows: rowNames.length, columns, available });
  });
}

async function frameColumn(
  file: Hdf5File,
  { name, read }: FrameColumn,
  rows: number,
  options: TableOptions,
): Promise<Column> {
  const values = await read();
  if (values.length !== rows) throw rowsDisagree(file.path, name, values.length, rows);
  return columnOfValues({ name, length: rows, at: (row) => values[row] }, options);
}

async function columnNames(file: Hdf5File, { at, columns }: AnnDataPart): Promise<readonly string[]> {
  if (columns !== undefined) return indexOf(file, columns);
  const [, width = 0] = file.dataset(at).shape;
  const [name] = at.split('/').slice(-1);
  return Array.from({ length: width }, (_, column) => `${name}${column + 1}`);
}

interface Matrix {
  readonly rows: number;
  readonly width: number;
  readonly selected: readonly { readonly name: string; readonly position: number }[];
}

async function readDense(file: Hdf5File, { at }: AnnDataPart, { rows, width, selected }: Matrix): Promise<Column[]> {
  const { shape } = file.dataset(at);
  checkShape(file.path, at, shape, [rows, width]);
  const columns = selected.map(() => new Float64Array(rows));
  if (selected.length > 0) {
    for await (const { first, count, values } of file.pieces(at, [0, rows])) {
      for (const [i, { position }] of selected.entries()) {
        for (let row = 0; row < count; row++) columns[i][first + row] = Number(values[row * width + position]);
      }
    }
  }
  return selected.map(({ name }, i) => ({ name, kind: 'number', numbers: columns[i] }));
}

async function readSparse(file: Hdf5File, part: AnnDataPart, { rows, width, selected }: Matrix): Promise<Column[]> {
  const { path } = file;
  const { at, shape, isByRow } = part;
  checkShape(path, at, shape ?? [], [rows, width]);
  const major = isByRow ? rows : width;
  const minor = isByRow ? width : rows;
  const pointers = Float64Array.from(await file.vector(`${at}/indptr`), Number);
  const entries = file.dataset(`${at}/indices`).shape[0];
  const isAscending = pointers.every((pointer, i) => i === 0 || pointer >= pointers[i - 1]);
  if (pointers.length !== major + 1 || pointers[0] !== 0 || !isAscending || pointers[major] !== entries) {
    throw damagedFile(path, `${at}/indptr does not divide the ${entries} entries into ${major} parts`);
  }
  if (file.dataset(`${at}/data`).shape[0] !== entries) {
    throw damagedFile(path, `${at} has not one value for each index`);
  }
  const sparse = new SparseColumns(
    path,
    rows,
    selected.map(({ name }) => name),
  );
  const position = new Int32Array(width).fill(-1);
  for (const [i, one] of selected.entries()) position[one.position] = i;
  // In column order, read only the ranges of the selected columns if they are few.
  const isWhole = isByRow || selected.length * COLUMNS_PER_SELECTED > width;
  const ranges: (readonly [number, number])[] = isWhole
    ? [[0, major]]
    : selected.map(({ position: column }) => [column, column + 1] as const);
  for (const [from, to] of selected.length > 0 ? ranges : []) {
    const range = [pointers[from], pointers[to]] as const;
    const data = file.pieces(`${at}/data`, range);
    let current = { first: range[0], count: 0, values: [] as ArrayLike<unknown> };
    let place = from;
    for await (const { first, count, values } of file.pieces(`${at}/indices`, range)) {
      for (let i = 0; i < count; i++) {
        const entry = first + i;
        if (entry >= current.first + current.count) current = (await data.next()).value as typeof current;
        while (entry >= pointers[place + 1]) place++;
        const index = Number(values[i]);
        if (!(Number.isInteger(index) && index >= 0 && index < minor)) {
          throw damagedFile(path, `${at}/indices has ${index}, but there are only ${minor}`);
        }
        const [row, column] = isByRow ? [place, index] : [index, place];
        const value = Number(current.values[entry - current.first]);
        if (position[column] >= 0 && value !== 0) sparse.add(row, position[column], value);
      }
    }
  }
  return sparse.finish();
}

function checkShape(path: string, at: string, shape: readonly number[], wanted: readonly number[]): void {
  if (shape.length === 2 && shape[0] === wanted[0] && shape[1] === wanted[1]) return;
  throw new InputError(
    'rows-disagree',
    `${path}: ${at} is ${shape.join(' × ')}, but its names are ${wanted.join(' × ')}`,
    { path },
  );
}

function rowsDisagree(path: string, name: string, length: number, rows: number): InputError {
  return new InputError('rows-disagree', `${path}: column '${name}' has ${length} values for ${rows} rows`, { path });
}
