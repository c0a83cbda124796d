// Systems of a symmetric positive definite matrix, through its Cholesky factor L: ml-matrix solves with L Lᵀ only.

import { CholeskyDecomposition, Matrix } from 'ml-matrix';

export class Factor {
  readonly #lower: Matrix;

  /** Of a matrix, symmetric but for rounding, with `ridge` added to its diagonal. */
  constructor(matrix: Matrix, ridge: number) {
    const sum = Matrix.add(matrix, matrix.transpose()).div(2);
    for (let i = 0; i < sum.rows; i++) sum.set(i, i, sum.get(i, i) + ridge);
    this.#lower = new CholeskyDecomposition(sum).lowerTriangularMatrix;
  }

  /** L⁻¹ B. */
  forward(right: Matrix): Matrix {
    const solved = right.to2DArray();
    for (let i = 0; i < solved.length; i++) {
      const row = solved[i];
      for (let k = 0; k < i; k++) subtract(row, solved[k], this.#lower.get(i, k));
      scale(row, this.#lower.get(i, i));
    }
    return new Matrix(solved);
  }

  /** L⁻ᵀ B. */
  backward(right: Matrix): Matrix {
    const solved = right.to2DArray();
    for (let i = solved.length - 1; i >= 0; i--) {
      const row = solved[i];
      for (let k = i + 1; k < solved.length; k++) subtract(row, solved[k], this.#lower.get(k, i));
      scale(row, this.#lower.get(i, i));
    }
    return new Matrix(solved);
  }

  /** (L Lᵀ)⁻¹ B. */
  solve(right: Matrix): Matrix {
    return this.backward(this.forward(right));
  }
}

function subtract(row: number[], other: readonly number[], factor: number): void {
  for (let j = 0; j < row.length; j++) row[j] -= factor * other[j];
}

function scale(row: number[], divisor: number): void {
  for (let j = 0; j < row.length; j++) row[j] = divisor > 0 ? row[j] / divisor : 0;
}
