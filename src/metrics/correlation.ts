// Pearson and Spearman correlation between the columns of two tables.

import { countBelow } from './order.js';
import { checkSameRows, checkSamples, column, type Samples } from './samples.js';

/** Signed correlations, true latents × estimated latents, row-major. */
export interface CorrelationMatrix {
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** Columns of the first and of the second table that do not vary; their correlations are 0 by definition here. */
  readonly constant: { readonly first: readonly number[]; readonly second: readonly number[] };
}

const minimumSamples = 3;

/**
 * Pearson correlation of every column of `z` with every column of `zHat`.
 * @throws InputError `shape-mismatch`, `too-few-samples` (fewer than 3), `not-finite`.
 */
export function pearson(z: Samples, zHat: Samples): CorrelationMatrix {
  check(z, zHat);
  return correlate(columnsOf(z), columnsOf(zHat));
}

/**
 * Spearman correlation: Pearson correlation of the ranks, ties sharing the average of their ranks.
 * @throws InputError `shape-mismatch`, `too-few-samples` (fewer than 3), `not-finite`.
 */
export function spearman(z: Samples, zHat: Samples): CorrelationMatrix {
  check(z, zHat);
  return correlate(columnsOf(z).map(averageRanks), columnsOf(zHat).map(averageRanks));
}

/** Ranks from 1; equal values share the average of the ranks they occupy. Values must be finite. */
export function averageRanks(values: Float64Array): Float64Array {
  // Looked up among the values in order: numbers are sorted many times as fast as their positions are by them.
  const sorted = values.slice().sort();
  return values.map((value) => {
    const below = countBelow(sorted, value);
    const end = sorted[below + 1] === value ? countBelow(sorted, value, true) : below + 1;
    return (below + 1 + end) / 2;
  });
}

function check(z: Samples, zHat: Samples): void {
  checkSamples('true latents', z, minimumSamples);
  checkSamples('estimated latents', zHat, minimumSamples);
  checkSameRows(z, zHat);
}

function columnsOf(samples: Samples): Float64Array[] {
  return Array.from({ length: samples.columns }, (_, j) => column(samples, j));
}

function correlate(first: readonly Float64Array[], second: readonly Float64Array[]): CorrelationMatrix {
  const a = first.map(unitDirection);
  const b = second.map(unitDirection);
  const values = new Float64Array(a.length * b.length);
  for (const [i, u] of a.entries()) {
    for (const [j, v] of b.entries()) {
      if (u === undefined || v === undefined) continue;
      let dot = 0;
      for (let k = 0; k < u.length; k++) dot += u[k] * v[k];
      values[i * b.length + j] = Math.max(-1, Math.min(1, dot));
    }
  }
  return { values, rows: a.length, columns: b.length, constant: { first: missing(a), second: missing(b) } };
}

/** The column centred and scaled to length 1; undefined for a constant one. */
function unitDirection(column: Float64Array): Float64Array | undefined {
  let smallest = Infinity;
  let largest = -Infinity;
  let sum = 0;
  for (const value of column) {
    smallest = Math.min(smallest, value);
    largest = Math.max(largest, value);
    sum += value;
  }
  // Exact comparison: rounding in the mean would leave a constant column a tiny spurious variance.
  if (smallest === largest) return undefined;
  const average = sum / column.length;
  // Scaling first keeps the squares of huge or tiny values inside the numbers.
  const scale = Math.max(Math.abs(smallest), Math.abs(largest));
  const centred = column.map((value) => (value - average) / scale);
  let square = 0;
  for (const value of centred) square += value * value;
  const length = Math.sqrt(square);
  return centred.map((value) => value / length);
}

function missing(columns: readonly (Float64Array | undefined)[]): number[] {
  return columns.flatMap((column, j) => (column === undefined ? [j] : []));
}
