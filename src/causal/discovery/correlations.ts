// Pearson correlations of columns, in double precision.

import { InputError } from '../../errors.js';
import type { DataColumn } from './columns.js';

/** Rows at a time, so that those of some columns stay in a cache. */
const BLOCK = 2048;
/** Columns × columns whose products are summed in one go: no sum waits for its own last addition. */
const TILE = [4, 2] as const;

/**
 * Writes the correlations of the columns `which` to rows and columns `places` of a matrix of row length `stride`.
 * @param rows positions of the rows to use; all when left out
 * @throws InputError `constant-column`
 */
export function fillCorrelations(
  columns: readonly DataColumn[],
  which: readonly number[],
  rows: Int32Array | undefined,
  { into, stride, places }: { into: Float64Array; stride: number; places: readonly number[] },
): void {
  const scaled = which.map((i) => standardised(columns[i], rows));
  const count = which.length;
  const padded = Math.ceil(count / TILE[0]) * TILE[0];
  const sums = new Float64Array(padded * padded);
  const length = scaled.at(0)?.length ?? 0;
  const width = Math.min(BLOCK, length);
  const block = new Float64Array(padded * width);
  for (let start = 0; start < length; start += width) {
    block.fill(0);
    for (const [i, values] of scaled.entries()) block.set(values.subarray(start, start + width), i * width);
    for (let i = 0; i < padded; i += TILE[0]) {
      for (let j = 0; j < i + TILE[0]; j += TILE[1]) addProducts(block, width, i, j, sums, padded);
    }
  }
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      const r = i === j ? 1 : sums[i * padded + j];
      into[places[i] * stride + places[j]] = r;
      into[places[j] * stride + places[i]] = r;
    }
  }
}

/** Adds the products of columns i to i + 3 with columns j and j + 1. */
function addProducts(
  block: Float64Array,
  width: number,
  i: number,
  j: number,
  sums: Float64Array,
  stride: number,
): void {
  let a = i * width;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  for (let b = j * width, end = b + width; b < end; a++, b++) {
    const left = block[b];
    const right = block[b + width];
    const first = block[a];
    const second = block[a + width];
    const third = block[a + 2 * width];
    const fourth = block[a + 3 * width];
    s0 += first * left;
    s1 += first * right;
    s2 += second * left;
    s3 += second * right;
    s4 += third * left;
    s5 += third * right;
    s6 += fourth * left;
    s7 += fourth * right;
  }
  for (const [row, [left, right]] of [
    [s0, s1],
    [s2, s3],
    [s4, s5],
    [s6, s7],
  ].entries()) {
    sums[(i + row) * stride + j] += left;
    sums[(i + row) * stride + j + 1] += right;
  }
}

/** Centred, of length 1. */
function standardised({ name, values }: DataColumn, rows: Int32Array | undefined): Float64Array {
  const { length } = rows ?? values;
  const result = new Float64Array(length);
  if (rows === undefined) result.set(values);
  else for (let i = 0; i < length; i++) result[i] = values[rows[i]];
  let mean = 0;
  for (let i = 0; i < length; i++) mean += result[i];
  mean /= length;
  let squares = 0;
  let largest = 0;
  for (let i = 0; i < length; i++) {
    largest = Math.max(largest, Math.abs(result[i]));
    result[i] -= mean;
    squares += result[i] * result[i];
  }
  const norm = Math.sqrt(squares);
  if (!(norm > largest * 1e-13)) {
    const where = rows === undefined ? '' : ` in the ${rows.length} rows without missing values of a test`;
    throw new InputError(
      'constant-column',
      `column '${name}' is constant${where}: it has no correlation; leave it out`,
      { column: name },
    );
  }
  for (let i = 0; i < length; i++) result[i] /= norm;
  return result;
}
