// Reads Matrix Market files (https://math.nist.gov/MatrixMarket/formats.html), which list the entries of a matrix. A
// matrix alone is subjects × columns. With barcodes and features of 10x it is features × barcodes, and is transposed.

import { InputError } from '../errors/errors.js';
import { damagedFile, readError } from './bytes.js';
import { SparseColumns } from './sparse-columns.js';
import { selectColumns, Table, type Column, type TableOptions } from './table.js';
import { textChunks } from './text-chunks.js';
import { LineError, readLines } from './whitespace-numbers.js';
import { readTenx, tenxFiles, type Tenx } from './tenx.js';

/** Limits of a matrix without files that name its rows and columns: a few bytes can claim any size. */
const MAX_ROWS = 2 ** 22;
const MAX_COLUMNS = 2 ** 19;

const FIELDS = ['real', 'integer', 'pattern', 'double'];
const SYMMETRIES = ['general', 'symmetric', 'skew-symmetric'];

interface Header {
  readonly layout: 'coordinate' | 'array';
  readonly field: string;
  readonly symmetry: string;
}

/**
 * Reads a `.mtx` or `.mtx.gz`. If `barcodes.tsv` and `features.tsv` (`genes.tsv`) with the same prefix are in its
 * folder, plain or gzipped, its columns are the subjects, and `options.index` names the column of barcodes. Otherwise
 * its rows are the subjects, and columns are c1, c2, ….
 *
 * @throws InputError `damaged-file` (with the line), `unsupported-type` (complex numbers), `missing-column`,
 *   `too-large`, `ambiguous-part` for several types of features, `unknown-part`, `rows-disagree` if the numbers of
 *   barcodes or features differ from the matrix; FileError `unreadable`
 */
export async function readMatrixMarket(path: string, options: TableOptions = {}): Promise<Table> {
  const beside = await tenxFiles(path);
  const tenx = beside && (await readTenx(beside, path, options));
  if (options.part !== undefined && !tenx) throw noFeatures(path);
  const matrix = new MatrixReader(path, options, tenx);
  try {
    await readLines(textChunks(path), matrix);
  } catch (cause) {
    if (cause instanceof LineError) throw damagedFile(path, `line ${cause.line}: ${cause.message}`, cause);
    throw readError(path, cause);
  }
  return matrix.finish();
}

class MatrixReader {
  #header: Header | undefined;
  #size: { rows: number; columns: number; entries: number } | undefined;
  #entries = 0;
  #available: readonly string[] = [];
  /** Position of each column of the table among the selected ones; −1 if it is not selected. */
  #position = new Int32Array(0);
  #sparse: SparseColumns | undefined;

  constructor(
    readonly path: string,
    readonly options: TableOptions,
    readonly tenx: Tenx | undefined,
  ) {}

  readonly head = (text: string, line: number): 'more' | 'enough' => {
    if (!this.#header) {
      this.#header = headerOf(text, this.path);
      return 'more';
    }
    if (text.startsWith('%') || text.trim() === '') return 'more';
    this.#begin(text, line, this.#header);
    return 'enough';
  };

  readonly row = (numbers: Float64Array, count: number, line: number): void => {
    const { layout, field, symmetry } = this.#header!;
    const { rows, columns, entries } = this.#size!;
    if (++this.#entries > entries) throw this.#damaged(`it has more than the ${entries} entries that it claims`);
    if (layout === 'array') {
      if (count !== 1) throw new LineError(line, 'a line of an array has one number');
      const at = this.#entries - 1;
      this.#add(at % rows, Math.floor(at / rows), numbers[0]);
      return;
    }
    if (count !== (field === 'pattern' ? 2 : 3)) throw new LineError(line, `it has ${count} numbers`);
    const [row, column] = [numbers[0] - 1, numbers[1] - 1];
    const value = field === 'pattern' ? 1 : numbers[2];
    if (!(isIndex(row, rows) && isIndex(column, columns))) {
      throw new LineError(line, `place ${numbers[0]}, ${numbers[1]} lies outside ${rows} × ${columns}`);
    }
    this.#add(row, column, value);
    if (symmetry !== 'general' && row !== column) this.#add(column, row, symmetry === 'symmetric' ? value : -value);
  };

  finish(): Table {
    if (!this.#size || !this.#sparse) throw this.#damaged('it ends before the size of the matrix');
    const { entries } = this.#size;
    if (this.#entries !== entries) throw this.#damaged(`it has ${this.#entries} of the ${entries} entries it claims`);
    const columns: Column[] = this.#sparse.finish();
    if (this.tenx) columns.unshift({ name: this.#index, kind: 'text', texts: this.tenx.barcodes });
    return new Table(this.path, { rows: this.#sparse.length, columns, available: this.#available });
  }

  get #index(): string {
    return this.options.index ?? 'barcode';
  }

  #begin(text: string, line: number, { layout, symmetry }: Header): void {
    const sizes = text.trim().split(/\s+/).map(Number);
    const [rows, columns] = sizes;
    const wanted = layout === 'array' ? 2 : 3;
    if (sizes.length !== wanted || !sizes.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      throw new LineError(line, `the size of the matrix is '${text.trim().slice(0, 40)}'`);
    }
    if (symmetry !== 'general' && (rows !== columns || layout === 'array')) {
      throw this.#damaged(`a ${symmetry} ${layout} of ${rows} × ${columns} is not supported; write all entries`);
    }
    if (!this.tenx && (rows > MAX_ROWS || columns > MAX_COLUMNS)) {
      throw new InputError(
        'too-large',
        `${this.path} is a matrix of ${rows} × ${columns}; without files of barcodes and features, up to ` +
          `${MAX_ROWS} × ${MAX_COLUMNS} are read`,
        { path: this.path, rows, columns },
      );
    }
    this.#size = { rows, columns, entries: layout === 'array' ? rows * columns : sizes[2] };
    const { tenx } = this;
    tenx?.check(rows, columns);
    const names = tenx ? tenx.features : Array.from({ length: columns }, (_, column) => `c${column + 1}`);
    this.#available = tenx ? [this.#index, ...names.filter((name) => name !== undefined)] : (names as string[]);
    const isSelected = selectColumns(this.#available, this.options, this.path);
    const selected: string[] = [];
    this.#position = Int32Array.from(names, (name) =>
      name !== undefined && isSelected(name) ? selected.push(name) - 1 : -1,
    );
    this.#sparse = new SparseColumns(this.path, tenx ? columns : rows, selected);
  }

  #add(row: number, column: number, value: number): void {
    const [subject, feature] = this.tenx ? [column, row] : [row, column];
    const position = this.#position[feature];
    if (position >= 0 && value !== 0) this.#sparse!.add(subject, position, value);
  }

  #damaged(reason: string): InputError {
    return damagedFile(this.path, reason);
  }
}

function isIndex(place: number, length: number): boolean {
  return Number.isInteger(place) && place >= 0 && place < length;
}

function headerOf(line: string, path: string): Header {
  const [mark, object, layout, field, symmetry = 'general'] = line.trim().toLowerCase().split(/\s+/);
  if (mark !== '%%matrixmarket' || object !== 'matrix' || (layout !== 'coordinate' && layout !== 'array')) {
    throw damagedFile(path, `line 1 must be %%MatrixMarket matrix coordinate …, not '${line.slice(0, 40)}'`);
  }
  if (!FIELDS.includes(field) || !SYMMETRIES.includes(symmetry) || (layout === 'array' && field === 'pattern')) {
    throw new InputError(
      'unsupported-type',
      `${path} is a ${layout} of '${field} ${symmetry}'; supported are ${FIELDS.slice(0, 3).join(', ')}, ` +
        SYMMETRIES.join(', '),
      { path },
    );
  }
  return { layout, field, symmetry };
}

function noFeatures(path: string): InputError {
  return new InputError(
    'unknown-part',
    `${path}: a part of a .mtx is a type of features, but there is no features.tsv in its folder; leave part out`,
    { path },
  );
}
