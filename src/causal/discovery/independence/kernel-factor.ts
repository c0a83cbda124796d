// Gaussian kernel matrices as thin factors: K ≈ L Lᵀ by Cholesky with pivoting, until the residual trace is small (Fine
// & Scheinberg 2001). Factors of smooth kernels of few dimensions have tens to hundreds of columns for any number of
// rows.

import { InputError } from '../../../errors/errors.js';
import type { DataColumn } from '../columns.js';
import { TILE, tileProducts } from './tiles.js';

/** L in column-major order: entry (i, j) is at j · rows + i. */
export interface KernelFactor {
  readonly rows: number;
  readonly rank: number;
  readonly columns: Float64Array;
}

/**
 * Returns the values with mean 0 and variance 1.
 * @param lostDegrees the sum of squares is divided by n − `lostDegrees`
 * @throws InputError `constant-column`
 */
export function standardised({ name, values }: DataColumn, rows: Int32Array, lostDegrees = 0): Float64Array {
  const result = Float64Array.from(rows, (row) => values[row]);
  const n = result.length;
  const average = result.reduce((sum, value) => sum + value, 0) / n;
  const maxAbs = result.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const deviation = Math.sqrt(result.reduce((sum, value) => sum + (value - average) ** 2, 0) / (n - lostDegrees));
  if (!(deviation > maxAbs * 1e-13)) {
    throw new InputError('constant-column', `column '${name}' is constant in the ${n} rows of a test; leave it out`, {
      column: name,
    });
  }
  return result.map((value) => (value - average) / deviation);
}

/** Number of pivots in a group: each earlier column is read once for all of them. */
const TOGETHER = 8;
/**
 * A pivot is skipped if, after the earlier pivots of its group, its residual is below this share of the largest one.
 */
const WORTHWHILE = 0.25;

/** A smaller residual of a row is rounding error. */
const MIN = 1e-13;

/**
 * Returns a factor of exp(−‖a − b‖² precision / 2) over the rows of `points`, so that the trace of K − L Lᵀ is at most
 * `tolerance`. Pivots are the rows with the largest residuals, in groups of rows far from each other. It adds one group
 * more than the tolerance requires: with few dimensions and columns, this reduces the error by orders of magnitude.
 * @param points one array of coordinates per dimension
 */
export function factorKernel(points: readonly Float64Array[], precision: number, tolerance: number): KernelFactor {
  const rows = points[0].length;
  // Rows are reordered so that pivots come first, in their order. Their residuals are 0, so later columns skip them.
  const coordinates = points.map((values) => values.slice());
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  const residual = new Float64Array(rows).fill(1);
  const score = new Float64Array(rows);
  const fresh = Array.from({ length: TOGETHER }, () => new Float64Array(rows));
  let lower = new RowMajor(rows, 64);
  let rank = 0;
  let trace = rows;
  for (let isEnough = false; !isEnough && rank < rows;) {
    isEnough = trace <= tolerance;
    const first = rank;
    if (lower.width < first + TOGETHER) lower = lower.widened(2 * lower.width);
    score.set(residual);
    const pivots = fresh.map((column) => {
      const pivot = indexOfMax(score, first);
      kernelColumn(coordinates, { precision, pivot, first }, column);
      for (let i = first; i < rows; i++) score[i] *= 1 - column[i] * column[i];
      return pivot;
    });
    lower.subtract(first, pivots, fresh);
    const added: { readonly pivot: number; readonly column: Float64Array }[] = [];
    for (const [t, pivot] of pivots.entries()) {
      if (first + added.length === rows) break;
      if (!(residual[pivot] > Math.max(MIN, WORTHWHILE * residual[indexOfMax(residual, first)]))) continue;
      const column = fresh[t];
      for (const { column: other } of added) {
        const weight = other[pivot];
        for (let i = first; i < rows; i++) column[i] -= weight * other[i];
      }
      const root = Math.sqrt(residual[pivot]);
      trace = 0;
      for (let i = first; i < rows; i++) {
        column[i] /= root;
        residual[i] = Math.max(0, residual[i] - column[i] * column[i]);
        trace += residual[i];
      }
      trace -= residual[pivot];
      residual[pivot] = 0;
      for (const earlier of added) column[earlier.pivot] = 0;
      added.push({ pivot, column });
    }
    for (const { column } of added) lower.set(rank++, column, first);
    bringForward(
      first,
      added.map(({ pivot }) => pivot),
      (i, j) => {
        for (const values of [...coordinates, residual, order]) [values[i], values[j]] = [values[j], values[i]];
        lower.swap(i, j, rank);
      },
    );
  }
  return { rows, rank, columns: lower.columns(rank, order) };
}

/** Moves the rows `chosen` to the positions from `first` on, in their order. */
function bringForward(first: number, chosen: readonly number[], swap: (i: number, j: number) => void): void {
  const places = [...chosen];
  for (let k = 0; k < places.length; k++) {
    const [to, from] = [first + k, places[k]];
    if (to === from) continue;
    swap(to, from);
    // The row that was at `to` is now at `from`.
    for (let later = k + 1; later < places.length; later++) if (places[later] === to) places[later] = from;
  }
}

/** A matrix in row-major order that grows by columns. */
class RowMajor {
  readonly #values: Float64Array;

  constructor(
    readonly rows: number,
    readonly width: number,
  ) {
    // Leave room for a tile that begins at the last row.
    this.#values = new Float64Array((rows + TILE[0]) * width);
  }

  widened(width: number): RowMajor {
    const wider = new RowMajor(this.rows, width);
    for (let i = 0; i < this.rows; i++) {
      wider.#values.set(this.#values.subarray(i * this.width, (i + 1) * this.width), i * width);
    }
    return wider;
  }

  /** Sets column `k`, whose rows before `first` are 0. */
  set(k: number, column: Float64Array, first: number): void {
    for (let i = first; i < this.rows; i++) this.#values[i * this.width + k] = column[i];
  }

  swap(i: number, j: number, count: number): void {
    const values = this.#values;
    const row = values.slice(i * this.width, i * this.width + count);
    values.copyWithin(i * this.width, j * this.width, j * this.width + count);
    values.set(row, j * this.width);
  }

  /**
   * Subtracts Σ_k L[pivot, k] · L[·, k], over the first `count` columns, from the column of every pivot, from row
   * `count` on.
   */
  subtract(count: number, pivots: readonly number[], from: readonly Float64Array[]): void {
    const { width } = this;
    const values = this.#values;
    const weights = new Float64Array(pivots.length * count);
    for (const [t, pivot] of pivots.entries()) {
      weights.set(values.subarray(pivot * width, pivot * width + count), t * count);
    }
    const sums = new Float64Array(TILE[0] * TILE[1]);
    for (let i = count; i < this.rows; i += TILE[0]) {
      for (let t = 0; t < pivots.length; t += TILE[1]) {
        tileProducts(
          { values, at: i * width, step: width },
          { values: weights, at: t * count, step: count },
          count,
          sums,
        );
        for (let at = 0; at < sums.length; at++) from[t + (at & 1)][i + (at >> 1)] -= sums[at];
      }
    }
  }

  /** Returns the first `count` columns in column-major order. Row i becomes row `order[i]` of the result. */
  columns(count: number, order: Int32Array): Float64Array {
    const result = new Float64Array(count * this.rows);
    for (let i = 0; i < this.rows; i++) {
      for (let k = 0; k < count; k++) result[k * this.rows + order[i]] = this.#values[i * this.width + k];
    }
    return result;
  }
}

/** Subtracts the mean from every column, in place: L Lᵀ becomes H L Lᵀ H. */
export function centre({ rows, rank, columns }: KernelFactor): void {
  for (let j = 0; j < rank; j++) {
    const column = columns.subarray(j * rows, (j + 1) * rows);
    const average = column.reduce((sum, value) => sum + value, 0) / rows;
    for (let i = 0; i < rows; i++) column[i] -= average;
  }
}

/** Returns Aᵀ B with entry (i, j) at i · b.rank + j. */
export function crossProduct(a: KernelFactor, b: KernelFactor): Float64Array {
  const product = new Float64Array(a.rank * b.rank);
  for (let i = 0; i < a.rank; i++) {
    const last = a === b ? i : b.rank - 1;
    for (let j = 0; j <= last; j++) product[i * b.rank + j] = dot(a, i, b, j);
    if (a === b) for (let j = 0; j < i; j++) product[j * b.rank + i] = product[i * b.rank + j];
  }
  return product;
}

/** Returns the dot product of two columns. Four partial sums avoid that each addition waits for the previous one. */
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

interface Pivot {
  readonly precision: number;
  readonly pivot: number;
  /** First row of the result that is written. */
  readonly first: number;
}

function kernelColumn(points: readonly Float64Array[], { precision, pivot, first }: Pivot, into: Float64Array): void {
  into.fill(0, first);
  for (const coordinate of points) {
    const at = coordinate[pivot];
    for (let i = first; i < into.length; i++) into[i] += (coordinate[i] - at) ** 2;
  }
  for (let i = first; i < into.length; i++) into[i] = Math.exp(-0.5 * precision * into[i]);
}

function indexOfMax(values: Float64Array, first: number): number {
  let best = first;
  for (let i = first + 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
