// Ratios of sums over subjects, with intervals.

import { studentTwoSidedQuantile } from '../causal/discovery/independence/distributions.js';
import { rowsByGroup } from '../data/split.js';

/** An estimate with its 90 % interval; NaN where it is unknown. */
export interface Interval90 {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** Two-sided probability outside an interval. */
const OUTSIDE = 0.1;

/** Returns the 90 % interval by Student's t. @param degrees degrees of freedom; the interval is unknown below 1 */
export function interval90(estimate: number, standardError: number, degrees: number): Interval90 {
  const half = degrees >= 1 ? studentTwoSidedQuantile(OUTSIDE, degrees) * standardError : NaN;
  return { estimate, lower: estimate - half, upper: estimate + half };
}

/**
 * Returns Σ numerator / Σ denominator over subjects. The interval linearises the ratio, as in surveys (Cochran 1977).
 * @param groups group of each subject; rows of one group count as one observation
 */
export function ratio(
  numerator: Float64Array,
  denominator: Float64Array,
  groups: readonly string[] | undefined,
): Interval90 {
  const total = sumOf(denominator);
  const estimate = sumOf(numerator) / total;
  const units = groups ? [...rowsByGroup(groups).values()] : [...numerator.keys()].map((row) => [row]);
  let square = 0;
  for (const rows of units) {
    let influence = 0;
    for (const row of rows) influence += numerator[row] - estimate * denominator[row];
    square += influence ** 2;
  }
  const count = units.length;
  return interval90(estimate, Math.sqrt((square * count) / (count - 1)) / total, count - 1);
}

export function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
