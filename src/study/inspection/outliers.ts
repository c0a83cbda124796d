// Values of a column that lie far from its median, in robust standard deviations of the training split.

import { medianOf } from '../../data/ranks.js';
import type { OutlierReport } from './inspection.js';

/** Minimum distance of a reported value from the median, in robust standard deviations of the training split. */
const FAR = 10;
/** The standard deviation of a normal distribution divided by the median of its absolute deviations. */
const BY_MEDIAN = 1.482602218505602;
/** Deviations up to this share of the median are rounding errors, as in `isConstant`. */
const ROUNDING = 1e-12;

/**
 * Returns the values beyond ten robust standard deviations. If at least half of the training values are equal up to
 * rounding, as zeros of counts are, the deviation of the other values alone is the scale: that of all would be 0.
 *
 * @param raw values as in the table
 * @param values after transform, logarithm and adjustment, NaN where missing
 * @param rows of the training split that have a value
 */
export function outliersOf(
  column: string,
  raw: Float64Array,
  values: Float64Array,
  rows: Int32Array,
): OutlierReport | undefined {
  const { median, deviation } = medianDeviation(values, rows);
  const rounding = ROUNDING * Math.abs(median);
  const isMostlyOneValue = deviation <= rounding;
  const spread = BY_MEDIAN * (isMostlyOneValue ? deviationOfOthers(values, rows, { median, rounding }) : deviation);
  if (!(spread > 0)) return undefined;
  let subjects = 0;
  let farthest = 0;
  for (let row = 0; row < values.length; row++) {
    if (!(Math.abs(values[row] - median) > FAR * spread)) continue;
    if (subjects === 0 || Math.abs(values[row] - median) > Math.abs(values[farthest] - median)) farthest = row;
    subjects++;
  }
  if (subjects === 0) return undefined;
  const distance = Math.abs(values[farthest] - median) / spread;
  const report = { column, subjects, largest: raw[farthest], distance };
  if (!isMostlyOneValue) return report;
  return { ...report, mostly: raw[rows.find((row) => Math.abs(values[row] - median) <= rounding)!] };
}

/** Returns the median distance from the median of the values that differ from it; 0 if none does. */
function deviationOfOthers(
  values: Float64Array,
  rows: Int32Array,
  { median, rounding }: { readonly median: number; readonly rounding: number },
): number {
  const distances = valuesOf(values, rows)
    .map((value) => Math.abs(value - median))
    .filter((distance) => distance > rounding);
  return distances.length === 0 ? 0 : medianOf(distances);
}

/** Returns the median of a column, and the median of the absolute deviations from it. */
export function medianDeviation(values: Float64Array, rows: Int32Array): { median: number; deviation: number } {
  const deviations = valuesOf(values, rows);
  const median = medianOf(deviations);
  for (let i = 0; i < deviations.length; i++) deviations[i] = Math.abs(deviations[i] - median);
  return { median, deviation: medianOf(deviations) };
}

/** Returns the values at some rows. A plain loop: Float64Array.from is several times slower. */
export function valuesOf(values: Float64Array, rows: Int32Array): Float64Array {
  const chosen = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) chosen[i] = values[rows[i]];
  return chosen;
}
