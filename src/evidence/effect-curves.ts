// Total effects of setting a latent, in one fold. Standardisation (the g-formula; Robins 1986): the other latents are
// regressed on splines of the latent and of an adjustment set, and on products of both. The effect is the mean
// prediction if the latent has a value, less the mean prediction. Latents are measured with error, so each spline is
// replaced by its expectation given the measured values (regression calibration; Carroll et al. 2006).

import { Matrix, pseudoInverse } from 'ml-matrix';
import { curvedTerms, splineConstants, splineValue } from '../data/natural-spline.js';
import { normalQuantile } from '../graph/special.js';
import { dot, mean } from '../metrics/vectors.js';
import { normalScores } from '../quality/pair-test.js';
import type { Estimate } from './causes/clustered-regression.js';

/** Minimum of 1 − leverage. */
const MIN_REMAINING = 0.1;
/** Share of units below the first and above the last knot. */
const OUTER = 0.05;
/** Numbers of knots, and the units per explanatory latent from which on they are used. */
const KNOTS = [
  { knots: 13, units: 2000 },
  { knots: 7, units: 1000 },
  { knots: 5, units: 150 },
  { knots: 4, units: 60 },
  { knots: 3, units: 0 },
] as const;
/** The same for the products of functions of two latents. */
const PRODUCT_KNOTS = [
  { knots: 4, units: 500 },
  { knots: 3, units: 0 },
] as const;
/** Gauss–Hermite quadrature with five nodes for the standard normal distribution. */
const QUADRATURE = [
  { node: 0, weight: 8 / 15 },
  { node: 1.355626179974266, weight: 0.2220759220056126 },
  { node: -1.355626179974266, weight: 0.2220759220056126 },
  { node: 2.856970013872806, weight: 0.01125741132772069 },
  { node: -2.856970013872806, weight: 0.01125741132772069 },
] as const;
const RIDGE = 1e-9;
/** Minimum variance of a measured latent given the other ones, in variances of its error. */
const MIN_VARIANCE = 1.25;

export interface CurveQuestion {
  /** Positions of the latent that is set, of those that are adjusted for, and of the latents that may follow. */
  readonly cause: number;
  readonly adjusted: readonly number[];
  readonly outcomes: readonly number[];
  /** Values of the latent that is set, as normal scores. */
  readonly points: readonly number[];
}

/**
 * Returns the effects, outcomes × points, in standard deviations of the normal scores of the measured outcome.
 * @param units measured values by latent; NaN if they are missing
 * @param loadings correlation of each measured latent with the latent itself
 * @returns undefined if fewer than `minUnits` units have all of these latents
 */
export function foldCurves(
  units: readonly Float64Array[],
  loadings: readonly number[],
  { cause, adjusted, outcomes, points }: CurveQuestion,
  minUnits: number,
): Estimate[][] | undefined {
  const explanatory = [cause, ...adjusted];
  const columns = [...explanatory, ...outcomes].map((latent) => units[latent]);
  const known = [...units[cause].keys()].filter((unit) => columns.every((values) => !Number.isNaN(values[unit])));
  if (known.length < minUnits) return undefined;
  const model = {
    loadings: explanatory.map((latent) => loadings[latent]),
    explanatory: explanatory.length,
    points,
    basis: basisOf(known.length / explanatory.length, KNOTS),
    products: basisOf(known.length / explanatory.length, PRODUCT_KNOTS),
  };
  return curves(
    columns.map((values) => Float64Array.from(known, (unit) => values[unit])),
    model,
  );
}

/** Functions of a normal score: a natural cubic spline without its constant. */
type Basis = readonly ((x: number) => number)[];

function basisOf(unitsPerLatent: number, choices: typeof KNOTS | typeof PRODUCT_KNOTS): Basis {
  const { knots: count } = choices.find(({ units }) => unitsPerLatent >= units)!;
  const knots = Array.from({ length: count }, (_, i) => normalQuantile(OUTER + ((1 - 2 * OUTER) * i) / (count - 1)));
  const terms = Array.from({ length: curvedTerms(count) }, (_, term) => splineConstants({ knots, term }));
  return [(x) => x, ...terms.map((term) => (x: number) => splineValue(term, x))];
}

interface CurveModel {
  /** Loadings of the explanatory latents. */
  readonly loadings: readonly number[];
  /** Number of explanatory latents. The first one is set. */
  readonly explanatory: number;
  readonly points: readonly number[];
  readonly basis: Basis;
  /** Functions of the latent that is set and of each other one, which are multiplied. */
  readonly products: Basis;
}

/**
 * Returns the effects, outcomes × points. Their errors are those of subjects with residuals of any variance (HC3).
 * @param columns values of the explanatory latents, then of the outcomes
 */
function curves(
  columns: readonly Float64Array[],
  { loadings, explanatory, points, basis, products }: CurveModel,
): Estimate[][] {
  const scores = columns.map(unitScores);
  const measured = scores.slice(0, explanatory);
  const units = measured[0].length;
  const terms = expectations(measured, loadings, [basis, products]);
  const additive = terms.flatMap(([functions]) => functions);
  // The effect may depend on the other latents. It is averaged over these.
  const interactions = terms
    .slice(1)
    .flatMap(([, ofOther]) => terms[0][1].flatMap((one, k) => ofOther.map((other) => ({ k, one, other }))))
    .map(({ k, one, other }) => ({ k, other: mean(other), product: one.map((value, i) => value * other[i]) }));
  const design = [new Float64Array(units).fill(1), ...additive, ...interactions.map(({ product }) => product)];
  const inverse = inverseProducts(design);
  const means = basis.map((value) => mean(measured[0].map(value)));
  const changes = points.map((point) => [
    0,
    ...basis.map((value, k) => value(point) - means[k]),
    ...additive.slice(basis.length).map(() => 0),
    ...interactions.map(({ k, other, product }) => products[k](point) * other - mean(product)),
  ]);
  const remaining = leverages(design, inverse).map((leverage) => Math.max(MIN_REMAINING, 1 - leverage));
  const weights = changes.map((change) => combination(design, inverse.mmul(Matrix.columnVector(change)).getColumn(0)));
  return scores.slice(explanatory).map((outcome) => {
    const coefficients = solved(inverse, design, outcome);
    const predicted = combination(design, coefficients);
    return changes.map((change, at) => ({
      value: dot(change, coefficients),
      influences: outcome.map((value, i) => (weights[at][i] * (value - predicted[i])) / (units * remaining[i])),
      degrees: units - design.length,
    }));
  });
}

/** Returns the weight of the outcome of each unit in the prediction of this unit. */
function leverages(design: readonly Float64Array[], inverse: Matrix): Float64Array {
  const rows = design.map((_, k) => combination(design, inverse.getColumn(k)));
  return design[0].map((_, i) => design.reduce((sum, column, k) => sum + column[i] * rows[k][i], 0) / design[0].length);
}

/** Returns the sum of columns times weights. */
function combination(columns: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(columns[0].length);
  columns.forEach((column, k) => column.forEach((value, i) => (sum[i] += weights[k] * value)));
  return sum;
}

/**
 * Returns the expectations of the functions of each latent, by latent and basis, given the measured values of all.
 * Given the other latents, a latent is normal with a mean and a standard deviation that depend on them. With the error
 * u − ρ x of variance σ², the expectation of x is (u + σ² ∂ log f(u | other latents)) / ρ (Tweedie's formula; Efron
 * 2011).
 */
function expectations(
  measured: readonly Float64Array[],
  loadings: readonly number[],
  bases: readonly Basis[],
): (readonly Float64Array[])[][] {
  const ones = new Float64Array(measured[0].length).fill(1);
  const functions = measured.map((values) => bases[0].map((value) => values.map(value)));
  return measured.map((values, latent) => {
    const loading = loadings[latent];
    const error = 1 - loading ** 2;
    const otherLatents = [ones, ...functions.filter((_, other) => other !== latent).flat()];
    const fit = measured.length > 1 ? regression(otherLatents) : undefined;
    const means = fit?.(values) ?? values.map(() => 0);
    // The mean absolute deviation of a normal variable is √(2 / π) standard deviations (Glejser 1969).
    const spreads = fit?.(values.map((value, i) => Math.abs(value - means[i]) * Math.sqrt(Math.PI / 2)));
    const variances = values.map((_, i) => (spreads ? Math.max(spreads[i] ** 2, MIN_VARIANCE * error) : 1));
    const expected = values.map((value, i) => (value - (error * (value - means[i])) / variances[i]) / loading);
    const sds = variances.map((variance) => Math.sqrt(error * (1 - error / variance)) / loading);
    return bases.map((basis) =>
      basis.map((value) =>
        expected.map((middle, i) =>
          QUADRATURE.reduce((sum, { node, weight }) => sum + weight * value(middle + sds[i] * node), 0),
        ),
      ),
    );
  });
}

/** Returns a function that replaces a variable by what columns predict of it. */
function regression(columns: readonly Float64Array[]): (values: Float64Array) => Float64Array {
  const inverse = inverseProducts(columns);
  return (values) => {
    const coefficients = solved(inverse, columns, values);
    return combination(columns, coefficients);
  };
}

function inverseProducts(columns: readonly Float64Array[]): Matrix {
  const products = new Matrix(columns.map((a) => columns.map((b) => dot(a, b) / a.length)));
  for (let i = 0; i < columns.length; i++) products.set(i, i, products.get(i, i) + RIDGE);
  return pseudoInverse(products);
}

function solved(inverse: Matrix, columns: readonly Float64Array[], values: Float64Array): number[] {
  return inverse.mmul(Matrix.columnVector(columns.map((a) => dot(a, values) / a.length))).getColumn(0);
}

/** Returns normal scores with a mean square of 1. */
function unitScores(values: Float64Array): Float64Array {
  const scores = normalScores(values);
  const scale = Math.sqrt(dot(scores, scores) / scores.length) || 1;
  return scores.map((value) => value / scale);
}
