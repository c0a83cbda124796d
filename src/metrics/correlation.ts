// Pearson and Spearman correlation between the columns of two tables.

import { countBelow } from './order.js';
import { checkSameRows, checkSamples, column, type Samples } from './samples.js';

/** Signed correlations, true latents × estimated latents, row-major. */
export interface CorrelationMatrix {
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** Constant columns of the first and of the second table. Their correlations are defined as 0. */
  readonly constant: { readonly first: readonly number[]; readonly second: readonly number[] };
}

const MIN_SAMPLES = 3;

/**
 * Returns the Pearson correlation of every column of `z` with every column of `zHat`.
 * @throws InputError `shape-mismatch`, `too-few-samples` (fewer than 3), `not-finite`.
 */
export function pearson(z: Samples, zHat: Samples): CorrelationMatrix {
  check(z, zHat);
  return correlate(columnsOf(z), columnsOf(zHat));
}

/**
 * Returns the Spearman correlation: the Pearson correlation of the ranks, where ties share their average rank.
 * @throws InputError `shape-mismatch`, `too-few-samples` (fewer than 3), `not-finite`.
 */
export function spearman(z: Samples, zHat: Samples): CorrelationMatrix {
  check(z, zHat);
  return correlate(columnsOf(z).map(averageRanks), columnsOf(zHat).map(averageRanks));
}

/** Returns ranks from 1. Equal values share the average of their ranks. Values must be finite. */
export function averageRanks(values: Float64Array): Float64Array {
  // Sort the values and look up each: sorting numbers is much faster than sorting their positions.
  const sorted = values.slice().sort();
  return values.map((value) => {
    const below = countBelow(sorted, value);
    const end = sorted[below + 1] === value ? countBelow(sorted, value, true) : below + 1;
    return (below + 1 + end) / 2;
  });
}

function check(z: Samples, zHat: Samples): void {
  checkSamples('true latents', z, MIN_SAMPLES);
  checkSamples('estimated latents', zHat, MIN_SAMPLES);
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

/** Returns the column centred and scaled to length 1; undefined for a constant column. */
function unitDirection(column: Float64Array): Float64Array | undefined {
  let smallest = Infinity;
  let largest = -Infinity;
  let sum = 0;
  for (const value of column) {
    smallest = Math.min(smallest, value);
    largest = Math.max(largest, value);
    sum += value;
  }
  // Compare exactly: rounding of the mean would give a constant column a tiny variance.
  if (smallest === largest) return undefined;
  const average = sum / column.length;
  // Scaling first prevents overflow and underflow of squares.
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
