// Products of a matrix with itself.

import { Matrix } from 'ml-matrix';

/** Returns XᵀX with half of the multiplications of a general product, four rows in each step. */
export function crossProducts(x: Matrix): Matrix {
  const size = x.columns;
  const sums = new Float64Array(size * size);
  const zeroRow = new Array<number>(size).fill(0);
  const rowOr0 = (row: number): number[] => (row < x.rows ? x.getRow(row) : zeroRow);
  for (let row = 0; row < x.rows; row += 4) {
    const [a, b, c, d] = [rowOr0(row), rowOr0(row + 1), rowOr0(row + 2), rowOr0(row + 3)];
    for (let i = 0; i < size; i++) {
      const [ai, bi, ci, di] = [a[i], b[i], c[i], d[i]];
      const start = i * size;
      for (let j = i; j < size; j++) sums[start + j] += ai * a[j] + bi * b[j] + ci * c[j] + di * d[j];
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) sums[i * size + j] = sums[j * size + i];
  return Matrix.from1DArray(size, size, sums);
}

/** Returns XXᵀ. */
export function innerProducts(x: Matrix): Matrix {
  const rows = x.to2DArray();
  const products = Matrix.zeros(x.rows, x.rows);
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j <= i; j++) {
      const [a, b] = [rows[i], rows[j]];
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
      products.set(i, j, sum);
      products.set(j, i, sum);
    }
  }
  return products;
}
