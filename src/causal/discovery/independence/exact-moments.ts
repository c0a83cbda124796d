// The moments of the kernel test in double precision, with or without the small eigenvalues of the residual kernels:
// slower than kernel-moments.ts, and right to ten digits.

import { Matrix } from 'ml-matrix';
import { leadingEigenpairs } from '../../../linear/leading.js';
import { crossProduct, type KernelFactor } from './kernel-factor.js';
import type { ResidualMoments } from './kernel-moments.js';
import { regression } from './ridge-regression.js';
import { TILE, tileProducts } from './tiles.js';

/** Share of its trace that a thinner factor may lack. */
const THIN = 1e-13;

/**
 * Sums over the residual kernels of x and y after the regression on `given`.
 * @param leastEigenvalue mean and variance are those without eigenvalues below this share of the largest
 */
export function exactMoments(
  [x, y, given]: readonly [KernelFactor, KernelFactor, KernelFactor],
  { ridge, leastEigenvalue }: { readonly ridge: number; readonly leastEigenvalue: number },
): ResidualMoments {
  const residual = regression(given, ridge);
  const residuals = [residual(x), residual(y)] as const;
  const statistic = crossProduct(...residuals).reduce((sum, value) => sum + value * value, 0);
  const [a, b] = residuals.map((factor) => (leastEigenvalue > 0 ? leading(factor, leastEigenvalue) : factor));
  return { statistic, ...nullMoments(a, b) };
}

/** Σ_i A_ii B_ii and 2 Σ_ij (A_ij B_ij)². */
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

/** A factor's rows, each in one piece, and rows of zeros that fill the last tile. */
function rowMajor({ rows, rank, columns }: KernelFactor): Float64Array {
  const result = new Float64Array((rows + TILE[0]) * rank);
  for (let k = 0; k < rank; k++) for (let i = 0; i < rows; i++) result[i * rank + k] = columns[k * rows + i];
  return result;
}

/** A factor of the same matrix without its eigenvalues below the share `least` of the largest. */
function leading(factor: KernelFactor, least: number): KernelFactor {
  const thin = thinner(factor);
  const { rows, rank } = thin;
  const { values, vectors } = leadingEigenpairs(Matrix.from1DArray(rank, rank, crossProduct(thin, thin)), rank);
  const count = values.filter((value) => value > values[0] * least).length;
  const columns = new Float64Array(count * rows);
  for (let j = 0; j < count; j++) {
    for (let k = 0; k < rank; k++) {
      const weight = vectors.get(k, j);
      for (let i = 0; i < rows; i++) columns[j * rows + i] += weight * thin.columns[k * rows + i];
    }
  }
  return { rows, rank: count, columns };
}

/** A factor of L Lᵀ with few columns, by Cholesky with pivoting. */
function thinner({ rows, rank, columns }: KernelFactor): KernelFactor {
  const residual = new Float64Array(rows);
  for (let k = 0; k < rank; k++) for (let i = 0; i < rows; i++) residual[i] += columns[k * rows + i] ** 2;
  const trace = residual.reduce((sum, value) => sum + value, 0);
  const found: Float64Array[] = [];
  while (found.length < rows && residual.reduce((sum, value) => sum + value, 0) > THIN * trace) {
    const pivot = residual.reduce((best, value, i) => (value > residual[best] ? i : best), 0);
    const column = new Float64Array(rows);
    for (let k = 0; k < rank; k++) {
      const weight = columns[k * rows + pivot];
      for (let i = 0; i < rows; i++) column[i] += weight * columns[k * rows + i];
    }
    for (const earlier of found) {
      const weight = earlier[pivot];
      for (let i = 0; i < rows; i++) column[i] -= weight * earlier[i];
    }
    const root = Math.sqrt(residual[pivot]);
    for (let i = 0; i < rows; i++) {
      column[i] /= root;
      residual[i] = Math.max(0, residual[i] - column[i] ** 2);
    }
    residual[pivot] = 0;
    found.push(column);
  }
  const thin = new Float64Array(found.length * rows);
  for (const [k, column] of found.entries()) thin.set(column, k * rows);
  return { rows, rank: found.length, columns: thin };
}
