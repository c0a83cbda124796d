// Natural cubic splines in truncated powers (Hastie, Tibshirani & Friedman 2009, Eq. 5.4–5.5): cubic between the knots,
// linear beyond the outer ones. The identity and the terms here span what R's `splines::ns` spans with the same knots.

import type { SplineTerm } from './dataset.js';

/** Terms of a spline besides the identity. @param knots how many there are */
export function curvedTerms(knots: number): number {
  return knots - 2;
}

/**
 * The constants of a term: with u(t) = max(min(x, last) − t, 0) its value is
 * `(u(from)³ − ratio · u(before)³) · scale + slope · max(x − last, 0)`.
 */
export interface SplineConstants {
  /** The knot at which the term leaves 0. */
  readonly from: number;
  /** The knot before the last one. */
  readonly before: number;
  readonly last: number;
  readonly ratio: number;
  readonly scale: number;
  /** Slope beyond the last knot, where truncated cubes would cancel with a loss of digits. */
  readonly slope: number;
}

/** @param term its knots ascend strictly, three or more */
export function splineConstants({ knots, term }: SplineTerm): SplineConstants {
  const from = knots[term];
  const [before, last] = knots.slice(-2);
  // The square of the range makes a term's unit that of the covariate.
  const scale = 1 / (last - knots[0]) ** 2;
  return {
    ...{ from, before, last, scale },
    ratio: (last - from) / (last - before),
    slope: 3 * (last - from) * (before - from) * scale,
  };
}

/** A term's value at x, in the unit of x. */
export function splineValue({ from, before, last, ratio, scale, slope }: SplineConstants, x: number): number {
  const inside = Math.min(x, last);
  const cube = (knot: number): number => Math.max(inside - knot, 0) ** 3;
  return (cube(from) - ratio * cube(before)) * scale + slope * Math.max(x - last, 0);
}
