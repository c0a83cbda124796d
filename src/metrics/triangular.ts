// Systems of a symmetric positive definite matrix, through its Cholesky factor L (Golub and Van Loan 4.2). ml-matrix
// solves with L Lᵀ only, and checks every element; hundreds of these are solved per comparison.

import { Matrix } from 'ml-matrix';

/** Rows that are factored together: so many sums are under way at once. */
const ROWS = 4;

export class Factor {
  /** Without it, a direction without variance counts as none. */
  readonly isPositiveDefinite: boolean;
  readonly #size: number;
  /** L, row-major; zeros above the diagonal. */
  readonly #lower: Float64Array;

  /** Of the lower half of a matrix with `ridge` added to its diagonal. */
  constructor(matrix: Matrix, ridge: number) {
    const size = matrix.rows;
    const lower = new Float64Array((size + ROWS - 1) * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) lower[i * size + j] = matrix.get(i, j) + (i === j ? ridge : 0);
    }
    let isPositiveDefinite = true;
    for (let top = 0; top < size; top += ROWS) {
      for (let j = 0; j < top; j++) factorRows(lower, size, top, j);
      for (let i = top; i < Math.min(top + ROWS, size); i++) {
        for (let j = top; j <= i; j++) {
          let rest = lower[i * size + j];
          for (let k = 0; k < j; k++) rest -= lower[i * size + k] * lower[j * size + k];
          if (i === j) {
            isPositiveDefinite &&= rest > 0;
            lower[i * size + i] = Math.sqrt(Math.max(0, rest));
          } else {
            lower[i * size + j] = quotient(rest, lower[j * size + j]);
          }
        }
      }
    }
    this.isPositiveDefinite = isPositiveDefinite;
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

/** Column j of the four rows from `top` on, whose columns before j are factored. */
function factorRows(lower: Float64Array, size: number, top: number, j: number): void {
  const [own, a, b, c, d] = [j, top, top + 1, top + 2, top + 3].map((row) => row * size);
  let [atA, atB, atC, atD] = [lower[a + j], lower[b + j], lower[c + j], lower[d + j]];
  for (let k = 0; k < j; k++) {
    const factor = lower[own + k];
    atA -= lower[a + k] * factor;
    atB -= lower[b + k] * factor;
    atC -= lower[c + k] * factor;
    atD -= lower[d + k] * factor;
  }
  const pivot = lower[own + j];
  lower[a + j] = quotient(atA, pivot);
  lower[b + j] = quotient(atB, pivot);
  lower[c + j] = quotient(atC, pivot);
  lower[d + j] = quotient(atD, pivot);
}

const quotient = (value: number, divisor: number): number => (divisor > 0 ? value / divisor : 0);

/** Row i less `factor` times row k. */
function subtract(values: Float64Array, width: number, i: number, k: number, factor: number): void {
  const [target, source] = [i * width, k * width];
  for (let j = 0; j < width; j++) values[target + j] -= factor * values[source + j];
}

function divide(values: Float64Array, width: number, i: number, divisor: number): void {
  for (let j = i * width; j < (i + 1) * width; j++) values[j] = quotient(values[j], divisor);
}
