// Reads rows of JSON directly from bytes into a model's tables, without intermediate objects. Native code reads the
// form of nearly every request: `{"rows":[{"blood":{"iron":12.5,…},…},…]}` with numbers and nulls in known columns.
// Every other body is left to JSON.parse and `readRows`, which read the same values or report what is wrong.

import type { ModalityScales, Subjects } from '../data/dataset.js';
import { cellWriter, type CellWriter } from '../data/row-reader.js';
import { MAX_DEVIATIONS, subjectNames } from '../data/row.js';
import { native, nativeProblem } from '../runtime/native.js';
import type { Steps } from './slices.js';

/** Returns undefined if JSON.parse must read the body. */
export type RowScanner = (body: Buffer, maxRows: number) => Steps<Subjects | undefined>;

/** Cells per step of the generator, which take about 0.1 ms. A step has at least one row. */
const STEP = 4096;
/** Factor on the expected number of rows, in case that later rows have fewer bytes. */
const SPARE = 1.25;

interface Target {
  readonly scales: ModalityScales;
  readonly write: CellWriter;
}

/**
 * Returns the scanner of a model, or undefined if a modality does not consist of plain measured columns only, if JSON
 * escapes a name, or without native code.
 */
export function rowScanner(scales: readonly ModalityScales[]): RowScanner | undefined {
  if (nativeProblem()) return undefined;
  const targets: Target[] = [];
  for (const modality of scales) {
    const write = cellWriter(modality);
    if (!write || ![modality, ...modality.columns].every(({ name }) => JSON.stringify(name) === `"${name}"`)) {
      return undefined;
    }
    targets.push({ scales: modality, write });
  }
  const names = scales.map(({ name, columns }) => ({ name, columns: columns.map((column) => column.name) }));
  const scanner = new (native().RowScanner)(names);
  const width = scales.reduce((sum, { columns }) => sum + columns.length, 0);
  // All scans share these. A scan empties them before it pauses.
  const cells = new Float64Array(Math.max(1, Math.floor(STEP / width)) * width);
  const place = new Uint32Array(1);

  return function* scan(body, maxRows) {
    const tables = targets.map((target) => new Table(target));
    let [rows, at] = [0, 0];
    for (;;) {
      place[0] = at;
      const read = scanner.scan(body, place, cells);
      const count = Math.abs(read);
      if (count === 0 || rows + count > maxRows) return undefined;
      at = place[0];
      const isLast = read < 0;
      const expected = isLast ? rows + count : Math.ceil((SPARE * (rows + count) * body.length) / at);
      if (!store(tables, cells, rows, count, Math.min(expected, maxRows))) return undefined;
      rows += count;
      if (isLast) break;
      yield;
    }
    return { ids: subjectNames(rows), modalities: tables.map((table) => table.modality(rows)) };
  };
}

/** Standardises rows. Returns false for a row without a value, and for a value that needs the slow path. */
function store(tables: readonly Table[], cells: Float64Array, first: number, count: number, expected: number): boolean {
  const present = new Uint8Array(count);
  const width = tables.reduce((sum, table) => sum + table.width, 0);
  let from = 0;
  for (const table of tables) {
    table.grow(first + count, expected);
    for (let row = 0; row < count; row++) {
      const values = table.row(cells, row * width + from, first + row);
      if (values < 0) return false;
      if (values > 0) present[row] = 1;
    }
    from += table.width;
  }
  return !present.includes(0);
}

/** The values of a modality. */
class Table {
  readonly width: number;
  readonly #target: Target;
  #values = new Float32Array();
  #observed: Uint8Array | undefined;

  constructor(target: Target) {
    this.#target = target;
    this.width = target.scales.columns.length;
  }

  /** Makes room for `rows`, and if necessary for all expected ones. */
  grow(rows: number, expected: number): void {
    if (rows * this.width <= this.#values.length) return;
    const values = new Float32Array(Math.max(rows, expected) * this.width);
    values.set(this.#values);
    this.#values = values;
    if (!this.#observed) return;
    const observed = new Uint8Array(values.length).fill(1);
    observed.set(this.#observed);
    this.#observed = observed;
  }

  /** Standardises a row of `cells`. Returns the number of values, or −1 for a value that needs the slow path. */
  row(cells: Float64Array, from: number, row: number): number {
    const { width } = this;
    const { write } = this.#target;
    const values = this.#values;
    let present = 0;
    for (let column = 0; column < width; column++) {
      const value = cells[from + column];
      const at = row * width + column;
      if (Number.isNaN(value)) {
        this.#observed ??= new Uint8Array(values.length).fill(1);
        this.#observed[at] = 0;
      } else {
        if (!write(values, at, column, value, MAX_DEVIATIONS)) return -1;
        present++;
      }
    }
    return present;
  }

  modality(rows: number): Subjects['modalities'][number] {
    const { name, columns } = this.#target.scales;
    const size = rows * this.width;
    const values = this.#values.length === size ? this.#values : this.#values.subarray(0, size);
    return { name, columns, values, observed: this.#observed?.subarray(0, size) };
  }
}
