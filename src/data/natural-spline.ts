// Natural cubic splines as truncated powers (Hastie, Tibshirani & Friedman 2009, Eq. 5.4–5.5): cubic between the knots,
// linear beyond the outer ones. The identity and these terms span the same space as R's `splines::ns` with these knots.

/** A curved term of the natural cubic spline of a variable. */
export interface SplineTerm {
  /** At least three, in the unit of the variable, strictly ascending. */
  readonly knots: readonly number[];
  /** From 0 to the number of knots minus 3. */
  readonly term: number;
}

/** Returns the number of terms of a spline in addition to the identity. @param knots number of knots */
export function curvedTerms(knots: number): number {
  return knots - 2;
}

/**
 * Constants of a term. With u(t) = max(min(x, last) − t, 0) its value is
 * `(u(from)³ − ratio · u(before)³) · scale + slope · max(x − last, 0)`.
 */
export interface SplineConstants {
  /** Knot up to which the term is 0. */
  readonly from: number;
  /** Second-to-last knot. */
  readonly before: number;
  readonly last: number;
  readonly ratio: number;
  readonly scale: number;
  /** Slope beyond the last knot. Truncated cubes would lose digits there by cancellation. */
  readonly slope: number;
}

/** Returns the constants of a term. @param term at least three knots, strictly ascending */
export function splineConstants({ knots, term }: SplineTerm): SplineConstants {
  const from = knots[term];
  const [before, last] = knots.slice(-2);
  // Division by the squared range gives the term the unit of the covariate.
  const scale = 1 / (last - knots[0]) ** 2;
  return {
    from,
    before,
    last,
    scale,
    ratio: (last - from) / (last - before),
    slope: 3 * (last - from) * (before - from) * scale,
  };
}

/** Returns the value of a term at x, in the unit of x. */
export function splineValue({ from, before, last, ratio, scale, slope }: SplineConstants, x: number): number {
  const inside = Math.min(x, last);
  const cube = (knot: number): number => Math.max(inside - knot, 0) ** 3;
  return (cube(from) - ratio * cube(before)) * scale + slope * Math.max(x - last, 0);
}
