// Solves the linear assignment problem, which matches estimated to true latents. Shortest augmenting paths with dual
// prices (Jonker and Volgenant, Computing 38, 1987, without their initialisation).

import { InputError } from '../errors/errors.js';

/** A dense matrix, row-major. */
export interface DenseMatrix {
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

export interface Assignment {
  /** Column of each row; −1 for an unassigned row, if there are fewer columns than rows. */
  readonly columnOfRow: Int32Array;
  /** Sum of the assigned entries. */
  readonly total: number;
}

/**
 * Assigns different columns to rows (min(rows, columns) pairs) with the minimum sum of entries, or with
 * `goal: 'maximum'` the maximum sum.
 * @throws InputError `shape-mismatch` or `not-finite`.
 */
export function assign(cost: DenseMatrix, { goal = 'minimum' }: { goal?: 'minimum' | 'maximum' } = {}): Assignment {
  const { values, rows, columns } = cost;
  if (values.length !== rows * columns || rows < 1 || columns < 1) {
    throw new InputError('shape-mismatch', `[assign] ${rows} × ${columns} does not fit ${values.length} values`);
  }
  const bad = Array.from(values).findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const entry = `(${Math.floor(bad / columns)}, ${bad % columns})`;
    throw new InputError('not-finite', `[assign] entry ${entry} is ${values[bad]}; every cost must be finite`);
  }
  const sign = goal === 'maximum' ? -1 : 1;
  const columnOfRow = new Int32Array(rows).fill(-1);
  if (rows <= columns) {
    rowOfColumns(rows, columns, (row, column) => sign * values[row * columns + column]).forEach((row, column) => {
      if (row >= 0) columnOfRow[row] = column;
    });
  } else {
    columnOfRow.set(rowOfColumns(columns, rows, (column, row) => sign * values[row * columns + column]));
  }
  const total = columnOfRow.reduce((sum, column, row) => (column < 0 ? sum : sum + values[row * columns + column]), 0);
  return { columnOfRow, total };
}

/** Returns the row of each column, −1 for none. Needs `columns` ≥ `rows`. */
function rowOfColumns(rows: number, columns: number, cost: (row: number, column: number) => number): Int32Array {
  const owner = new Int32Array(columns).fill(-1);
  const rowPrice = new Float64Array(rows);
  const columnPrice = new Float64Array(columns);
  for (let start = 0; start < rows; start++) {
    // Find a shortest path in reduced costs from the new row through assigned columns to a free one.
    const distance = new Float64Array(columns).fill(Infinity);
    const before = new Int32Array(columns).fill(-1);
    const done = new Uint8Array(columns);
    let row = start;
    let at = -1;
    let length = 0;
    do {
      let nearest = -1;
      for (let column = 0; column < columns; column++) {
        if (done[column]) continue;
        const through = length + cost(row, column) - rowPrice[row] - columnPrice[column];
        if (through < distance[column]) {
          distance[column] = through;
          before[column] = at;
        }
        if (nearest < 0 || distance[column] < distance[nearest]) nearest = column;
      }
      at = nearest;
      length = distance[at];
      done[at] = 1;
      row = owner[at];
    } while (row >= 0);
    rowPrice[start] += length;
    for (let column = 0; column < columns; column++) {
      if (!done[column] || column === at) continue;
      rowPrice[owner[column]] += length - distance[column];
      columnPrice[column] -= length - distance[column];
    }
    for (; at >= 0; at = before[at]) owner[at] = before[at] < 0 ? start : owner[before[at]];
  }
  return owner;
}
