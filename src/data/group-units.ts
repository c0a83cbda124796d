// Groups of rows as units of a permutation test. Means of groups of 1 and of 30 rows have unequal variances and are not
// exchangeable; divided by their standard deviations they are. Variances are those of the unbalanced one-way
// random-effects model (Searle, Casella & McCulloch 1992, chapter 3).

import type { RandomStream } from '../random/random-stream.js';
import { rowsByGroup } from './split.js';

/** Groups of some rows, in the order of their first row. */
export interface GroupUnits {
  readonly names: readonly string[];
  /** Positions of each group in the list of rows. */
  readonly members: readonly (readonly number[])[];
  /** Number of rows of each group. */
  readonly sizes: Int32Array;
}

/**
 * Returns the groups of these rows.
 * @param groups groups of all rows of the data set
 */
export function groupUnits(rows: Int32Array, groups: readonly string[]): GroupUnits {
  const entries = [...rowsByGroup(Array.from(rows, (row) => groups[row]))];
  return {
    names: entries.map(([name]) => name),
    members: entries.map(([, positions]) => positions),
    sizes: Int32Array.from(entries, ([, positions]) => positions.length),
  };
}

/** Variances of the random-effects model `value = mean + group + row`. */
export interface VarianceComponents {
  readonly mean: number;
  readonly between: number;
  readonly within: number;
}

/**
 * Estimates the variances by the method of moments. `between` is 0 if the means differ less than the rows explain.
 *
 * @param values one value per row, NaN where missing
 * @param members positions of the rows of each group
 * @returns the variances; `within` is 0 if no group has two values, and all are NaN without a value
 */
export function varianceComponents(values: ArrayLike<number>, members: GroupUnits['members']): VarianceComponents {
  const known = knownMembers(values, members).filter(({ length }) => length > 0);
  const count = known.reduce((sum, rows) => sum + rows.length, 0);
  const grand = known.reduce((sum, rows) => sum + total(values, rows), 0) / count;
  let around = 0;
  let inside = 0;
  let squares = 0;
  for (const rows of known) {
    const mean = total(values, rows) / rows.length;
    around += rows.length * (mean - grand) ** 2;
    inside += rows.reduce((sum, row) => sum + (values[row] - mean) ** 2, 0);
    squares += rows.length ** 2;
  }
  const groups = known.length;
  const within = count > groups ? inside / (count - groups) : 0;
  const typical = (count - squares / count) / (groups - 1);
  const between = groups > 1 ? Math.max(0, (around / (groups - 1) - within) / typical) : 0;
  const weights = known.map((rows) => weightOf(rows.length, { between, within }));
  const weight = weights.reduce((sum, one) => sum + one, 0);
  const mean =
    weight > 0
      ? known.reduce((sum, rows, g) => sum + (weights[g] / weight) * (total(values, rows) / rows.length), 0)
      : grand;
  return { mean, between, within };
}

/**
 * Returns the means of the groups around their weighted mean, each divided by its standard deviation under
 * `varianceComponents`. All have variance 1, so groups of different sizes are exchangeable. The correlation of two such
 * columns is a correlation of means weighted by their precision.
 *
 * @returns one value per group, NaN for a group without a value, 0 if nothing varies
 */
export function scaledGroupMeans(values: ArrayLike<number>, members: GroupUnits['members']): Float64Array {
  const { mean, ...variances } = varianceComponents(values, members);
  return Float64Array.from(knownMembers(values, members), (rows) => {
    if (rows.length === 0) return NaN;
    return (total(values, rows) / rows.length - mean) * Math.sqrt(weightOf(rows.length, variances));
  });
}

/**
 * Returns deviations from the means of groups, for a test within groups. Differences between groups (sites) cannot
 * mislead such a test.
 *
 * @returns per row: value − mean of its group, divided by √(1 − 1 / size) so that all sizes have one variance; NaN for
 *   a missing value and in a group with one value. The rows have Σ (size − 1) degrees of freedom
 */
export function withinGroupDeviations(values: ArrayLike<number>, members: GroupUnits['members']): Float64Array {
  const deviations = new Float64Array(values.length).fill(NaN);
  for (const rows of knownMembers(values, members)) {
    if (rows.length < 2) continue;
    const mean = total(values, rows) / rows.length;
    for (const row of rows) deviations[row] = (values[row] - mean) / Math.sqrt(1 - 1 / rows.length);
  }
  return deviations;
}

/** Returns a permutation of the rows within their groups: element i is the row that moves to position i. */
export function shuffledWithinGroups(members: GroupUnits['members'], random: RandomStream): Int32Array {
  const order = new Int32Array(members.reduce((sum, rows) => sum + rows.length, 0));
  for (const rows of members) {
    random.permutation(rows.length).forEach((from, to) => {
      order[rows[to]] = rows[from];
    });
  }
  return order;
}

function knownMembers(values: ArrayLike<number>, members: GroupUnits['members']): number[][] {
  return members.map((rows) => rows.filter((row) => !Number.isNaN(values[row])));
}

/** Returns 1 / variance of the mean of `rows` rows; 0 if nothing varies. */
function weightOf(rows: number, { between, within }: Pick<VarianceComponents, 'between' | 'within'>): number {
  const variance = between + within / rows;
  return variance > 0 ? 1 / variance : 0;
}

function total(values: ArrayLike<number>, rows: readonly number[]): number {
  return rows.reduce((sum, row) => sum + values[row], 0);
}
