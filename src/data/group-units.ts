// Groups of rows as units of a test. Means of groups of 1 and of 30 rows have unequal variances and cannot change
// places; scaled by their standard deviations they can. Variances are those of the unbalanced one-way random-effects
// model (Searle, Casella & McCulloch 1992, chapter 3).

import type { RandomStream } from '../random/random-stream.js';
import { rowsByGroup } from './split.js';

/** Groups among some rows, in the order of their first row. */
export interface GroupUnits {
  readonly names: readonly string[];
  /** Positions in the list of rows, by group. */
  readonly members: readonly (readonly number[])[];
  /** Rows of each group. */
  readonly sizes: Int32Array;
}

/**
 * The groups of these rows.
 * @param groups of all rows of the data set
 */
export function groupUnits(rows: Int32Array, groups: readonly string[]): GroupUnits {
  const found = [...rowsByGroup(Array.from(rows, (row) => groups[row]))];
  return {
    names: found.map(([name]) => name),
    members: found.map(([, positions]) => positions),
    sizes: Int32Array.from(found, ([, positions]) => positions.length),
  };
}

/** Variances of the random-effects model `value = mean + group + row`. */
export interface VarianceComponents {
  readonly mean: number;
  readonly between: number;
  readonly within: number;
}

/**
 * Estimate the variances by moments; `between` is 0 where means differ less than rows make them.
 *
 * @param values one per row, NaN where missing
 * @param members positions of each group's rows
 * @returns `within` is 0 where no group has two values; all are NaN without a value
 */
export function varianceComponents(values: ArrayLike<number>, members: GroupUnits['members']): VarianceComponents {
  const known = knownMembers(values, members).filter(({ length }) => length > 0);
  const count = known.reduce((sum, own) => sum + own.length, 0);
  const grand = known.reduce((sum, own) => sum + total(values, own), 0) / count;
  let around = 0;
  let inside = 0;
  let squares = 0;
  for (const own of known) {
    const mean = total(values, own) / own.length;
    around += own.length * (mean - grand) ** 2;
    inside += own.reduce((sum, row) => sum + (values[row] - mean) ** 2, 0);
    squares += own.length ** 2;
  }
  const groups = known.length;
  const within = count > groups ? inside / (count - groups) : 0;
  const typical = (count - squares / count) / (groups - 1);
  const between = groups > 1 ? Math.max(0, (around / (groups - 1) - within) / typical) : 0;
  const weights = known.map((own) => weightOf(own.length, { between, within }));
  const weight = weights.reduce((sum, one) => sum + one, 0);
  const mean =
    weight > 0
      ? known.reduce((sum, own, g) => sum + (weights[g] / weight) * (total(values, own) / own.length), 0)
      : grand;
  return { mean, between, within };
}

/**
 * Means of the groups around their weighted mean, each divided by its standard deviation under `varianceComponents`:
 * all have variance 1 whatever the size of the group, so that whole groups can change places, and a correlation of two
 * such columns is one of means weighted by their precision.
 *
 * @returns one per group, NaN for a group without a value, 0 where nothing varies
 */
export function scaledGroupMeans(values: ArrayLike<number>, members: GroupUnits['members']): Float64Array {
  const { mean, ...variances } = varianceComponents(values, members);
  return Float64Array.from(knownMembers(values, members), (own) => {
    if (own.length === 0) return NaN;
    return (total(values, own) / own.length - mean) * Math.sqrt(weightOf(own.length, variances));
  });
}

/**
 * What a value adds to the mean of its group, for a test within groups, which differences between groups (sites) cannot
 * mislead. Groups with one value have nothing to say.
 *
 * @returns one per row: value − mean of its group, divided by √(1 − 1 / size) so that all sizes have one variance; NaN
 *   for a missing value and in a group of one. Rows carry Σ (size − 1) degrees of freedom
 */
export function withinGroupDeviations(values: ArrayLike<number>, members: GroupUnits['members']): Float64Array {
  const deviations = new Float64Array(values.length).fill(NaN);
  for (const own of knownMembers(values, members)) {
    if (own.length < 2) continue;
    const mean = total(values, own) / own.length;
    for (const row of own) deviations[row] = (values[row] - mean) / Math.sqrt(1 - 1 / own.length);
  }
  return deviations;
}

/** An order of rows in which they change places within their groups: at position i stands the row that comes there. */
export function shuffledWithinGroups(members: GroupUnits['members'], random: RandomStream): Int32Array {
  const order = new Int32Array(members.reduce((sum, own) => sum + own.length, 0));
  for (const own of members) {
    random.permutation(own.length).forEach((from, to) => {
      order[own[to]] = own[from];
    });
  }
  return order;
}

function knownMembers(values: ArrayLike<number>, members: GroupUnits['members']): number[][] {
  return members.map((own) => own.filter((row) => !Number.isNaN(values[row])));
}

/** 1 / variance of a mean of so many rows; 0 where nothing varies. */
function weightOf(rows: number, { between, within }: Pick<VarianceComponents, 'between' | 'within'>): number {
  const variance = between + within / rows;
  return variance > 0 ? 1 / variance : 0;
}

function total(values: ArrayLike<number>, rows: readonly number[]): number {
  return rows.reduce((sum, row) => sum + values[row], 0);
}
