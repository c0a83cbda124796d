// Pearson correlations of columns, in double precision.

import { InputError } from '../../../errors/errors.js';
import type { DataColumn } from '../columns.js';
import { TILE, tileProducts } from './tiles.js';

/** Number of rows in a block, so that the block of a few columns stays in the cache. */
const BLOCK = 2048;

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
  const tile = new Float64Array(TILE[0] * TILE[1]);
  const block = new Float64Array(padded * width);
  for (let start = 0; start < length; start += width) {
    block.fill(0);
    for (const [i, values] of scaled.entries()) block.set(values.subarray(start, start + width), i * width);
    for (let i = 0; i < padded; i += TILE[0]) {
      const four = { values: block, at: i * width, step: width };
      for (let j = 0; j < i + TILE[0]; j += TILE[1]) {
        tileProducts(four, { values: block, at: j * width, step: width }, width, tile);
        for (let t = 0; t < tile.length; t++) sums[(i + (t >> 1)) * padded + j + (t & 1)] += tile[t];
      }
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

/** Returns the centred values with norm 1. */
function standardised({ name, values }: DataColumn, rows: Int32Array | undefined): Float64Array {
  const { length } = rows ?? values;
  const result = new Float64Array(length);
  if (rows === undefined) result.set(values);
  else for (let i = 0; i < length; i++) result[i] = values[rows[i]];
  let mean = 0;
  for (let i = 0; i < length; i++) mean += result[i];
  mean /= length;
  let squares = 0;
  let maxAbs = 0;
  for (let i = 0; i < length; i++) {
    maxAbs = Math.max(maxAbs, Math.abs(result[i]));
    result[i] -= mean;
    squares += result[i] * result[i];
  }
  const norm = Math.sqrt(squares);
  if (!(norm > maxAbs * 1e-13)) {
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
