// Chooses the knots of a natural cubic spline from the training subjects.

import { quantileOf } from './ranks.js';

/** Minimum numbers of training subjects for splines of these numbers of terms, including the linear term. */
const SPLINE_TERMS: readonly (readonly [subjects: number, terms: number])[] = [
  [10_000, 6],
  [1000, 5],
  [200, 4],
  [50, 3],
  [0, 2],
];
/** Maximum number of curved terms of all splines together, per training subject. */
const CURVED_SHARE = 1 / 10;
/** Minimum number of distinct values for a spline: two values determine only a slope. */
export const MIN_DISTINCT = 3;

/**
 * Returns the number of terms of each spline, fewer if there are many covariates for few subjects; 1 is a straight
 * line.
 * @param covariates number of covariates that may have a spline
 */
export function splineSize(subjects: number, covariates: number): number {
  const [, bySubjects] = SPLINE_TERMS.find(([minSubjects]) => subjects >= minSubjects)!;
  const affordable = 1 + Math.floor((CURVED_SHARE * subjects) / Math.max(1, covariates));
  return Math.min(bySubjects, affordable);
}

export interface TrainingValues {
  readonly ascending: Float64Array;
  readonly distinct: Float64Array;
}

/**
 * Returns knots at evenly spaced quantiles, including the minimum and the maximum, as `ns(x, df = size)` of R. If there
 * are few distinct values, each is a knot, which is equivalent to a term for each level. If equal values make quantiles
 * equal, quantiles of the distinct values are used.
 */
export function knotsOf({ ascending, distinct }: TrainingValues, size: number): readonly number[] {
  if (size < 2 || distinct.length < MIN_DISTINCT) return [ascending[0], ascending[ascending.length - 1]];
  if (distinct.length <= size + 1) return [...distinct];
  const quantiles = (of: Float64Array) => Array.from({ length: size + 1 }, (_, k) => quantileOf(of, k / size));
  const knots = quantiles(ascending);
  return knots.every((knot, k) => k === 0 || knot > knots[k - 1]) ? knots : quantiles(distinct);
}
