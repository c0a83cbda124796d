// Solves systems of a symmetric positive definite matrix with its Cholesky factor L (Golub and Van Loan 4.2). ml-matrix
// only solves with L Lᵀ and checks every element. That is slow for the hundreds of systems of a comparison.

import { Matrix } from 'ml-matrix';

/** Number of rows that are factored together, as independent sums. */
const ROWS = 4;

export class Factor {
  /** If false, the methods treat directions without variance as 0. */
  readonly isPositiveDefinite: boolean;
  readonly #size: number;
  /** L, row-major; zeros above the diagonal. */
  readonly #lower: Float64Array;

  /** @param matrix matrix of which the lower triangle is read @param ridge addition to its diagonal */
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

  /** Returns L⁻¹ B. */
  forward(right: Matrix): Matrix {
    const [size, lower, width] = [this.#size, this.#lower, right.columns];
    const solved = Float64Array.from(right.to1DArray());
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < i; k++) subtract(solved, width, i, k, lower[i * size + k]);
      divide(solved, width, i, lower[i * size + i]);
    }
    return Matrix.from1DArray(size, width, solved);
  }

  /** Returns L⁻ᵀ B. */
  backward(right: Matrix): Matrix {
    const [size, lower, width] = [this.#size, this.#lower, right.columns];
    const solved = Float64Array.from(right.to1DArray());
    for (let i = size - 1; i >= 0; i--) {
      for (let k = i + 1; k < size; k++) subtract(solved, width, i, k, lower[k * size + i]);
      divide(solved, width, i, lower[i * size + i]);
    }
    return Matrix.from1DArray(size, width, solved);
  }

  /** Returns (L Lᵀ)⁻¹ B. */
  solve(right: Matrix): Matrix {
    return this.backward(this.forward(right));
  }
}

/** Computes column j of the four rows from `top` on. Their earlier columns are already factored. */
function factorRows(lower: Float64Array, size: number, top: number, j: number): void {
  const [pivotRow, a, b, c, d] = [j, top, top + 1, top + 2, top + 3].map((row) => row * size);
  let [atA, atB, atC, atD] = [lower[a + j], lower[b + j], lower[c + j], lower[d + j]];
  for (let k = 0; k < j; k++) {
    const factor = lower[pivotRow + k];
    atA -= lower[a + k] * factor;
    atB -= lower[b + k] * factor;
    atC -= lower[c + k] * factor;
    atD -= lower[d + k] * factor;
  }
  const pivot = lower[pivotRow + j];
  lower[a + j] = quotient(atA, pivot);
  lower[b + j] = quotient(atB, pivot);
  lower[c + j] = quotient(atC, pivot);
  lower[d + j] = quotient(atD, pivot);
}

const quotient = (value: number, divisor: number): number => (divisor > 0 ? value / divisor : 0);

/** Subtracts `factor` times row k from row i. */
function subtract(values: Float64Array, width: number, i: number, k: number, factor: number): void {
  const [target, source] = [i * width, k * width];
  for (let j = 0; j < width; j++) values[target + j] -= factor * values[source + j];
}

function divide(values: Float64Array, width: number, i: number, divisor: number): void {
  for (let j = i * width; j < (i + 1) * width; j++) values[j] = quotient(values[j], divisor);
}
