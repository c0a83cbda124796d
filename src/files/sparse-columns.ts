// Collects the entries of a sparse matrix, in any order, into columns. An entry takes 16 bytes during collection and 12
// afterwards. A column becomes dense only on access.

import { InputError } from '../errors/errors.js';
import type { Column } from './table.js';

/** Maximum number of entries. */
const MAX_ENTRIES = 2 ** 30;

export class SparseColumns {
  #rows = new Int32Array(1024);
  #columns = new Int32Array(1024);
  #values = new Float64Array(1024);
  #count = 0;
  readonly #names: readonly string[];

  /** @param path path for errors @param length number of rows @param names names of the selected columns */
  constructor(
    readonly path: string,
    readonly length: number,
    names: readonly string[],
  ) {
    this.#names = names;
  }

  /** Adds an entry. @param column position among the names */
  add(row: number, column: number, value: number): void {
    if (this.#count === this.#rows.length) this.#grow();
    this.#rows[this.#count] = row;
    this.#columns[this.#count] = column;
    this.#values[this.#count++] = value;
  }

  /** Returns the columns. @throws InputError `damaged-file` for a repeated place */
  finish(): Column[] {
    const starts = new Int32Array(this.#names.length + 1);
    for (let i = 0; i < this.#count; i++) starts[this.#columns[i] + 1]++;
    for (let column = 0; column < this.#names.length; column++) starts[column + 1] += starts[column];
    const next = starts.slice();
    const rows = new Int32Array(this.#count);
    const values = new Float64Array(this.#count);
    for (let i = 0; i < this.#count; i++) {
      const at = next[this.#columns[i]]++;
      rows[at] = this.#rows[i];
      values[at] = this.#values[i];
    }
    this.#checkOnce(rows, starts);
    const { length } = this;
    return this.#names.map((name, column) => {
      const range = [starts[column], starts[column + 1]] as const;
      return { name, kind: 'number', read: () => dense(length, rows.subarray(...range), values.subarray(...range)) };
    });
  }

  #checkOnce(rows: Int32Array, starts: Int32Array): void {
    const last = new Int32Array(this.length).fill(-1);
    for (const [column, name] of this.#names.entries()) {
      for (let i = starts[column]; i < starts[column + 1]; i++) {
        const row = rows[i];
        if (last[row] === column) {
          throw new InputError(
            'damaged-file',
            `${this.path} is damaged or has another format: row ${row + 1} of '${name}' is repeated`,
            { path: this.path, row: row + 1, column: name },
          );
        }
        last[row] = column;
      }
    }
  }

  #grow(): void {
    const length = Math.min(2 * this.#count, MAX_ENTRIES);
    if (this.#count >= MAX_ENTRIES) {
      throw new InputError(
        'too-large',
        `${this.path} has more than ${MAX_ENTRIES} entries in the columns that are read; list fewer in columns`,
        { path: this.path },
      );
    }
    const [rows, columns, values] = [this.#rows, this.#columns, this.#values];
    this.#rows = new Int32Array(length);
    this.#rows.set(rows);
    this.#columns = new Int32Array(length);
    this.#columns.set(columns);
    this.#values = new Float64Array(length);
    this.#values.set(values);
  }
}

function dense(length: number, rows: Int32Array, values: Float64Array): Float64Array {
  const numbers = new Float64Array(length);
  for (let i = 0; i < rows.length; i++) numbers[rows[i]] = values[i];
  return numbers;
}
