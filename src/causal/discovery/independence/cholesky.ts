// Cholesky factors and their inverses, computed in tiles, for sizes that are multiples of 4.

import { TILE, tileProducts } from './tiles.js';

/**
 * Returns C⁻¹, row-major, where C Cᵀ = A and C is lower triangular.
 * @param matrix A, symmetric and positive definite, row-major, its size a multiple of 4; it is overwritten
 */
export function inverseCholesky(matrix: Float64Array, size: number): Float64Array {
  choleskyInPlace(matrix, size);
  return transposed(transposedInverse(matrix, size), size);
}

/** Replaces the lower triangle by the factor; entries above the diagonal keep their values. */
function choleskyInPlace(matrix: Float64Array, size: number): void {
  const sums = new Float64Array(TILE[0] * TILE[1]);
  for (let top = 0; top < size; top += TILE[0]) {
    const four = { values: matrix, at: top * size, step: size };
    for (let left = 0; left < top + TILE[0]; left += TILE[1]) {
      tileProducts(four, { values: matrix, at: left * size, step: size }, left, sums);
      for (let j = left; j < left + TILE[1]; j++) {
        for (let i = Math.max(top, j); i < top + TILE[0]; i++) {
          let rest = matrix[i * size + j] - sums[2 * (i - top) + j - left];
          for (let k = left; k < j; k++) rest -= matrix[i * size + k] * matrix[j * size + k];
          matrix[i * size + j] = i === j ? Math.sqrt(rest) : rest / matrix[j * size + j];
        }
      }
    }
  }
}

/** Returns the inverse of the factor with entry (i, j) at j · size + i, so that its columns are contiguous. */
function transposedInverse(factor: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  const sums = new Float64Array(TILE[0] * TILE[1]);
  for (let top = 0; top < size; top += TILE[1]) {
    for (let left = 0; left <= top; left += TILE[0]) {
      const length = Math.max(0, top - left);
      const four = { values: inverse, at: left * size + left, step: size };
      tileProducts(four, { values: factor, at: top * size + left, step: size }, length, sums);
      for (let i = top; i < top + TILE[1]; i++) {
        for (let j = left; j <= Math.min(i, left + TILE[0] - 1); j++) {
          let sum = sums[2 * (j - left) + i - top];
          for (let k = top; k < i; k++) sum += factor[i * size + k] * inverse[j * size + k];
          inverse[j * size + i] = ((i === j ? 1 : 0) - sum) / factor[i * size + i];
        }
      }
    }
  }
  return inverse;
}

function transposed(matrix: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) result[j * size + i] = matrix[i * size + j];
  return result;
}
