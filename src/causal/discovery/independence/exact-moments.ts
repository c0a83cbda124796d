// The moments of the kernel test in double precision, with or without the small eigenvalues of the residual kernels.
// Slower than kernel-moments.ts, and correct to ten digits.

import { Matrix } from 'ml-matrix';
import { leadingEigenpairs } from '../../../linear/leading.js';
import { crossProduct, type KernelFactor } from './kernel-factor.js';
import type { ResidualMoments } from './kernel-moments.js';
import { regression } from './ridge-regression.js';
import { TILE, tileProducts } from './tiles.js';

/** Maximum share of the trace that a thinner factor may lose. */
const THIN = 1e-13;

/**
 * Returns sums over the residual kernels of x and y after the regression on `conditioning`.
 * @param minEigenvalue mean and variance ignore eigenvalues below this share of the largest one
 */
export function exactMoments(
  [x, y, conditioning]: readonly [KernelFactor, KernelFactor, KernelFactor],
  { ridge, minEigenvalue }: { readonly ridge: number; readonly minEigenvalue: number },
): ResidualMoments {
  const residual = regression(conditioning, ridge);
  const residuals = [residual(x), residual(y)] as const;
  const statistic = crossProduct(...residuals).reduce((sum, value) => sum + value * value, 0);
  const [a, b] = residuals.map((factor) => (minEigenvalue > 0 ? leading(factor, minEigenvalue) : factor));
  return { statistic, ...nullMoments(a, b) };
}

/** Returns Σ_i A_ii B_ii and 2 Σ_ij (A_ij B_ij)². */
function nullMoments(a: KernelFactor, b: KernelFactor): { mean: number; variance: number } {
  const { rows } = a;
  const [left, right] = [a, b].map(rowMajor);
  const [one, other] = [0, 0].map(() => new Float64Array(TILE[0] * TILE[1]));
  let mean = 0;
  let variance = 0;
  for (let i = 0; i < rows; i += TILE[0]) {
    for (let j = 0; j < rows; j += TILE[1]) {
      for (const [{ rank }, values, sums] of [
        [a, left, one],
        [b, right, other],
      ] as const) {
        tileProducts({ values, at: i * rank, step: rank }, { values, at: j * rank, step: rank }, rank, sums);
      }
      for (let t = 0; t < one.length; t++) {
        const product = one[t] * other[t];
        variance += 2 * product * product;
        if (i + (t >> 1) === j + (t & 1)) mean += product;
      }
    }
  }
  return { mean, variance };
}

/** Returns the factor in row-major order, with rows of zeros that fill the last tile. */
function rowMajor({ rows, rank, columns }: KernelFactor): Float64Array {
  const result = new Float64Array((rows + TILE[0]) * rank);
  for (let k = 0; k < rank; k++) for (let i = 0; i < rows; i++) result[i * rank + k] = columns[k * rows + i];
  return result;
}

/** Returns a factor of the same matrix without its eigenvalues below the share `minShare` of the largest one. */
function leading(factor: KernelFactor, minShare: number): KernelFactor {
  const thin = thinner(factor);
  const { rows, rank } = thin;
  const { values, vectors } = leadingEigenpairs(Matrix.from1DArray(rank, rank, crossProduct(thin, thin)), rank);
  const count = values.filter((value) => value > values[0] * minShare).length;
  const columns = new Float64Array(count * rows);
  for (let j = 0; j < count; j++) {
    for (let k = 0; k < rank; k++) {
      const weight = vectors.get(k, j);
      for (let i = 0; i < rows; i++) columns[j * rows + i] += weight * thin.columns[k * rows + i];
    }
  }
  return { rows, rank: count, columns };
}

/** Returns a factor of L Lᵀ with few columns, by Cholesky with pivoting. */
function thinner({ rows, rank, columns }: KernelFactor): KernelFactor {
  const residual = new Float64Array(rows);
  for (let k = 0; k < rank; k++) for (let i = 0; i < rows; i++) residual[i] += columns[k * rows + i] ** 2;
  const trace = residual.reduce((sum, value) => sum + value, 0);
  const result: Float64Array[] = [];
  while (result.length < rows && residual.reduce((sum, value) => sum + value, 0) > THIN * trace) {
    const pivot = residual.reduce((best, value, i) => (value > residual[best] ? i : best), 0);
    const column = new Float64Array(rows);
    for (let k = 0; k < rank; k++) {
      const weight = columns[k * rows + pivot];
      for (let i = 0; i < rows; i++) column[i] += weight * columns[k * rows + i];
    }
    for (const earlier of result) {
      const weight = earlier[pivot];
      for (let i = 0; i < rows; i++) column[i] -= weight * earlier[i];
    }
    const root = Math.sqrt(residual[pivot]);
    for (let i = 0; i < rows; i++) {
      column[i] /= root;
      residual[i] = Math.max(0, residual[i] - column[i] ** 2);
    }
    residual[pivot] = 0;
    result.push(column);
  }
  const thin = new Float64Array(result.length * rows);
  for (const [k, column] of result.entries()) thin.set(column, k * rows);
  return { rows, rank: result.length, columns: thin };
}
