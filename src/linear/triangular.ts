// Systems of a symmetric positive definite matrix, through its Cholesky factor L (Golub and Van Loan 4.2). ml-matrix
// solves with L Lᵀ only, and checks every element; hundreds of these are solved per comparison.

import { Matrix } from 'ml-matrix';

export class Factor {
  readonly #size: number;
  /** L, row-major; zeros above the diagonal. */
  readonly #lower: Float64Array;

  /** Of the lower half of a matrix with `ridge` added to its diagonal. A direction without variance counts as none. */
  constructor(matrix: Matrix, ridge: number) {
    const size = matrix.rows;
    const lower = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        let rest = matrix.get(i, j) + (i === j ? ridge : 0);
        for (let k = 0; k < j; k++) rest -= lower[i * size + k] * lower[j * size + k];
        const pivot = lower[j * size + j];
        if (i === j) lower[i * size + i] = Math.sqrt(Math.max(0, rest));
        else lower[i * size + j] = pivot > 0 ? rest / pivot : 0;
      }
    }
    this.#size = size;
    this.#lower = lower;
  }

  /** L⁻¹ B. */
  forward(right: Matrix): Matrix {
    const [size, lower, width] = [this.#size, this.#lower, right.columns];
    const solved = Float64Array.from(right.to1DArray());
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < i; k++) subtract(solved, width, i, k, lower[i * size + k]);
      divide(solved, width, i, lower[i * size + i]);
    }
    return Matrix.from1DArray(size, width, solved);
  }

  /** L⁻ᵀ B. */
  backward(right: Matrix): Matrix {
    const [size, lower, width] = [this.#size, this.#lower, right.columns];
    const solved = Float64Array.from(right.to1DArray());
    for (let i = size - 1; i >= 0; i--) {
      for (let k = i + 1; k < size; k++) subtract(solved, width, i, k, lower[k * size + i]);
      divide(solved, width, i, lower[i * size + i]);
    }
    return Matrix.from1DArray(size, width, solved);
  }

  /** (L Lᵀ)⁻¹ B. */
  solve(right: Matrix): Matrix {
    return this.backward(this.forward(right));
  }
}

/** Row i less `factor` times row k. */
function subtract(values: Float64Array, width: number, i: number, k: number, factor: number): void {
  const [target, source] = [i * width, k * width];
  for (let j = 0; j < width; j++) values[target + j] -= factor * values[source + j];
}

function divide(values: Float64Array, width: number, i: number, divisor: number): void {
  for (let j = i * width; j < (i + 1) * width; j++) values[j] = divisor > 0 ? values[j] / divisor : 0;
}
