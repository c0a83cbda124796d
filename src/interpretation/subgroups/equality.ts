// Tests that figures of independent groups are equal: means, spreads, slopes, and correlations. The variances of the
// groups may differ.

import { fTail, studentTwoSidedQuantile } from '../../causal/discovery/independence/distributions.js';

/** A figure of one group, with its variance. */
export interface GroupFigure {
  readonly estimate: number;
  readonly variance: number;
  /** Degrees of freedom of the variance. */
  readonly degrees: number;
  /** Number of subjects, if it differs from that of the group. */
  readonly subjects?: number | undefined;
}

/** An F test. */
export interface EqualityTest {
  readonly statistic: number;
  readonly degrees: readonly [number, number];
  readonly p: number;
}

/** A number with its 95 % interval. */
export interface Interval95 {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Returns Welch's (1951) test that the figures of two or more groups are equal. For means of groups it equals R's
 * oneway.test. Undefined if a variance is 0.
 */
export function welchTest(groups: readonly GroupFigure[]): EqualityTest | undefined {
  if (groups.length < 2 || groups.some(({ variance, degrees }) => !(variance > 0 && degrees > 0))) return undefined;
  const weights = groups.map(({ variance }) => 1 / variance);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const centre = groups.reduce((total, { estimate }, g) => total + (weights[g] / sum) * estimate, 0);
  const between = groups.reduce((total, { estimate }, g) => total + weights[g] * (estimate - centre) ** 2, 0);
  const k = groups.length;
  const lack = groups.reduce((total, { degrees }, g) => total + (1 - weights[g] / sum) ** 2 / degrees, 0);
  const scale = lack / (k ** 2 - 1);
  const statistic = between / (k - 1) / (1 + 2 * (k - 2) * scale);
  const degrees = [k - 1, 1 / (3 * scale)] as const;
  return { statistic, degrees, p: fTail(statistic, ...degrees) };
}

/** Returns the difference of a group from the first one, with the degrees of freedom of Welch and Satterthwaite. */
export function differenceOf(first: GroupFigure, other: GroupFigure): Interval95 {
  const variance = first.variance + other.variance;
  const degrees = variance ** 2 / (first.variance ** 2 / first.degrees + other.variance ** 2 / other.degrees);
  return interval95({ estimate: other.estimate - first.estimate, variance, degrees });
}

export function interval95({ estimate, variance, degrees }: GroupFigure): Interval95 {
  const width = studentTwoSidedQuantile(0.05, degrees) * Math.sqrt(variance);
  return { estimate, lower: estimate - width, upper: estimate + width };
}

/**
 * Returns the test of Brown and Forsythe (1974) that the spreads of groups are equal: the analysis of variance of the
 * distances from the medians. Undefined if no distance varies.
 */
export function brownForsytheTest(groups: readonly Float64Array[]): EqualityTest | undefined {
  const distances = groups.map((values) => {
    const middle = medianOf(values);
    return values.map((value) => Math.abs(value - middle));
  });
  const count = distances.reduce((total, { length }) => total + length, 0);
  const degrees = [groups.length - 1, count - groups.length] as const;
  if (degrees[0] < 1 || degrees[1] < 1) return undefined;
  const means = distances.map(meanOf);
  const grand = distances.reduce((total, values, g) => total + values.length * means[g], 0) / count;
  const between = distances.reduce((total, values, g) => total + values.length * (means[g] - grand) ** 2, 0);
  const within = distances.reduce((total, values, g) => {
    return total + values.reduce((sum, value) => sum + (value - means[g]) ** 2, 0);
  }, 0);
  if (!(within > 0)) return undefined;
  const statistic = between / degrees[0] / (within / degrees[1]);
  return { statistic, degrees, p: fTail(statistic, ...degrees) };
}

export function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns the standard deviation (n − 1). */
export function deviationOf(values: Float64Array): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function medianOf(values: Float64Array): number {
  const sorted = values.slice().sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
