// The linear assignment problem: which column belongs to which row, for matching estimated to true latents.

import { linearSumAssignment } from 'linear-sum-assignment';
import { Matrix } from 'ml-matrix';
import { InputError } from '../errors.js';

/** A dense matrix, row-major. */
export interface DenseMatrix {
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

export interface Assignment {
  /** Column of each row; −1 for a row left over when there are fewer columns than rows. */
  readonly columnOfRow: Int32Array;
  /** Sum of the assigned entries. */
  readonly total: number;
}

/**
 * Assigns each row a column of its own (min(rows, columns) pairs) such that the assigned entries sum to the least,
 * or with `goal: 'maximum'` to the most.
 * @throws InputError `shape-mismatch` or `not-finite`.
 */
export function assign(cost: DenseMatrix, { goal = 'minimum' }: { goal?: 'minimum' | 'maximum' } = {}): Assignment {
  const { values, rows, columns } = cost;
  if (values.length !== rows * columns || rows < 1 || columns < 1) {
    throw new InputError('shape-mismatch', `[assign] ${rows} × ${columns} does not fit ${values.length} values`);
  }
  const matrix = new Matrix(rows, columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column];
      if (!Number.isFinite(value)) {
        throw new InputError('not-finite', `[assign] entry (${row}, ${column}) is ${value}; every cost must be finite`);
      }
      matrix.set(row, column, value);
    }
  }
  const { rowAssignments } = linearSumAssignment(matrix, { maximaze: goal === 'maximum' });
  const columnOfRow = Int32Array.from(rowAssignments);
  const total = columnOfRow.reduce((sum, column, row) => (column < 0 ? sum : sum + values[row * columns + column]), 0);
  return { columnOfRow, total };
}
