// Gaussian kernel matrices as thin factors: K ≈ L Lᵀ by Cholesky with pivoting, stopped when the trace left over is small
// (Fine & Scheinberg 2001). Smooth kernels of few dimensions have tens to hundreds of columns, whatever the rows.

import { InputError } from '../../errors.js';
import type { DataColumn } from './columns.js';

/** L, column after column: entry (i, j) at j · rows + i. */
export interface KernelFactor {
  readonly rows: number;
  readonly rank: number;
  readonly columns: Float64Array;
}

/**
 * Values with mean 0 and variance 1 (divided by n).
 * @throws InputError `constant-column`
 */
export function standardised({ name, values }: DataColumn, rows: Int32Array): Float64Array {
  const result = Float64Array.from(rows, (row) => values[row]);
  const n = result.length;
  const average = result.reduce((sum, value) => sum + value, 0) / n;
  const largest = result.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const deviation = Math.sqrt(result.reduce((sum, value) => sum + (value - average) ** 2, 0) / n);
  if (!(deviation > largest * 1e-13)) {
    throw new InputError('constant-column', `column '${name}' is constant in the ${n} rows of a test; leave it out`, {
      column: name,
    });
  }
  return result.map((value) => (value - average) / deviation);
}

/**
 * A factor of exp(−‖a − b‖² precision / 2) over the rows of `points`, until the trace of K − L Lᵀ is at most `tolerance`.
 * @param points one array of coordinates per dimension
 */
export function factorKernel(points: readonly Float64Array[], precision: number, tolerance: number): KernelFactor {
  const rows = points[0].length;
  let columns = new Float64Array(rows * Math.min(rows, 64));
  const left = new Float64Array(rows).fill(1);
  let rank = 0;
  for (let trace = rows; trace > tolerance && rank < rows; rank++) {
    if (columns.length < rows * (rank + 1)) {
      const larger = new Float64Array(rows * Math.min(rows, 2 * rank));
      larger.set(columns);
      columns = larger;
    }
    const pivot = left.reduce((best, value, i) => (value > left[best] ? i : best), 0);
    const column = columns.subarray(rank * rows, (rank + 1) * rows);
    kernelColumn(points, precision, pivot, column);
    const earlier = columns;
    subtractEarlier(columns, rows, rank, (k) => earlier[k * rows + pivot], column);
    const root = Math.sqrt(left[pivot]);
    trace = 0;
    for (let i = 0; i < rows; i++) {
      column[i] /= root;
      left[i] = Math.max(0, left[i] - column[i] * column[i]);
      trace += left[i];
    }
    trace -= left[pivot];
    left[pivot] = 0;
  }
  return { rows, rank, columns: columns.slice(0, rank * rows) };
}

/** Takes the mean off every column, in place: L Lᵀ becomes H L Lᵀ H. */
export function centre({ rows, rank, columns }: KernelFactor): void {
  for (let j = 0; j < rank; j++) {
    const column = columns.subarray(j * rows, (j + 1) * rows);
    const average = column.reduce((sum, value) => sum + value, 0) / rows;
    for (let i = 0; i < rows; i++) column[i] -= average;
  }
}

/** Aᵀ B, entry (i, j) at i · b.rank + j. */
export function crossProduct(a: KernelFactor, b: KernelFactor): Float64Array {
  const product = new Float64Array(a.rank * b.rank);
  for (let i = 0; i < a.rank; i++) {
    const last = a === b ? i : b.rank - 1;
    for (let j = 0; j <= last; j++) product[i * b.rank + j] = dot(a, i, b, j);
    if (a === b) for (let j = 0; j < i; j++) product[j * b.rank + i] = product[i * b.rank + j];
  }
  return product;
}

/** Four sums at once: one alone would wait for its own last addition. */
function dot(a: KernelFactor, i: number, b: KernelFactor, j: number): number {
  const [p, q] = [a.columns, b.columns];
  const end = (i + 1) * a.rows;
  const shift = j * b.rows - i * a.rows;
  let at = i * a.rows;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (; at + 4 <= end; at += 4) {
    s0 += p[at] * q[at + shift];
    s1 += p[at + 1] * q[at + shift + 1];
    s2 += p[at + 2] * q[at + shift + 2];
    s3 += p[at + 3] * q[at + shift + 3];
  }
  for (; at < end; at++) s0 += p[at] * q[at + shift];
  return s0 + s1 + (s2 + s3);
}

/**
 * Q with K (K + ridge · I)⁻¹ = Q Qᵀ, where K = L Lᵀ: Q = L C⁻ᵀ with C Cᵀ = Lᵀ L + ridge · I.
 */
export function ridgeBasis(factor: KernelFactor, ridge: number): KernelFactor {
  const { rows, rank } = factor;
  const lower = crossProduct(factor, factor);
  for (let i = 0; i < rank; i++) lower[i * rank + i] += ridge;
  choleskyInPlace(lower, rank);
  const columns = factor.columns.slice();
  for (let j = 0; j < rank; j++) {
    const column = columns.subarray(j * rows, (j + 1) * rows);
    subtractEarlier(columns, rows, j, (k) => lower[j * rank + k], column);
    const scale = 1 / lower[j * rank + j];
    for (let i = 0; i < rows; i++) column[i] *= scale;
  }
  return { rows, rank, columns };
}

function kernelColumn(points: readonly Float64Array[], precision: number, pivot: number, into: Float64Array): void {
  into.fill(0);
  for (const coordinate of points) {
    const at = coordinate[pivot];
    for (let i = 0; i < into.length; i++) into[i] += (coordinate[i] - at) ** 2;
  }
  for (let i = 0; i < into.length; i++) into[i] = Math.exp(-0.5 * precision * into[i]);
}

/** column −= Σ_k weight(k) · column k over the first `count`, four at a time because memory is what takes the time. */
function subtractEarlier(
  columns: Float64Array,
  rows: number,
  count: number,
  weight: (k: number) => number,
  column: Float64Array,
): void {
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const [a, b, c, d] = [k * rows, (k + 1) * rows, (k + 2) * rows, (k + 3) * rows];
    const [wa, wb, wc, wd] = [weight(k), weight(k + 1), weight(k + 2), weight(k + 3)];
    for (let i = 0; i < rows; i++) {
      column[i] -= wa * columns[a + i] + wb * columns[b + i] + (wc * columns[c + i] + wd * columns[d + i]);
    }
  }
  for (; k < count; k++) {
    const last = weight(k);
    for (let i = 0, from = k * rows; i < rows; i++) column[i] -= last * columns[from++];
  }
}

/** The lower triangle of a positive definite matrix becomes its Cholesky factor. */
function choleskyInPlace(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * size + j];
      for (let k = 0, p = i * size, q = j * size; k < j; k++) rest -= matrix[p++] * matrix[q++];
      matrix[i * size + j] = i === j ? Math.sqrt(rest) : rest / matrix[j * size + j];
    }
  }
}
