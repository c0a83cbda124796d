// The effect of a cause on a latent in one fold: a shift, a change of the spread, and for numbers a curve.

import { termsAt, type Cause } from '../../data/causes.js';
import { meanAndSd } from '../../metrics/vectors.js';
import { normalScores } from '../../quality/pair-test.js';
import type { CauseDesign } from './cause-design.js';
import { pOf, type Estimate, type Fit } from './clustered-regression.js';

/** An effect in one fold. */
export interface FoldEffect {
  /** Shift in standard deviations of the reference, or slope per standard deviation of a number. */
  readonly shift: Estimate;
  /** Logarithm of the ratio of the spreads. */
  readonly spread: Estimate;
  /** p of the shift, or of the slope, of normal scores, and its sign. */
  readonly p: number;
  readonly sign: number;
  /** p of all terms of a number together; left out for a level and for a number with one term. */
  readonly joint?: number | undefined;
  /** Curve of a number at some values, relative to the reference. */
  readonly curve?: readonly Estimate[] | undefined;
  /**
   * Cohen's f = √(partial R² / (1 − partial R²)) of the level, or of the line of a number, given the other terms and
   * among the compared rows, with the sign of the shift. Left out for an assigned cause.
   */
  readonly f?: number | undefined;
}

/**
 * Returns the effect of each tested level.
 * @param values encodings of the rows of the fold
 */
export function levelEffects(design: CauseDesign, values: Float64Array): Map<number, FoldEffect> {
  const { regression, columnOf, reference, at } = design;
  const raw = Float64Array.from(at, (i) => values[i]);
  const scores = regression.fit(design.responseOf(scoresOf(values, at)));
  const fit = regression.fit(design.responseOf(values));
  const scale = scaleOf(raw, reference, design);
  const spread = spreadFit(design, fit.residuals);
  const middle = spread.estimate(0);
  return new Map(
    [...columnOf].map(([level, column]) => {
      const ofScores = scores.estimate(column);
      return [
        level,
        {
          shift: quotient(fit.estimate(column), scale, design),
          spread: logRatio(spread.estimate(column), middle, design),
          p: pOf(ofScores),
          sign: Math.sign(ofScores.value),
          f: cohenF(design, fit, { column, key: level }),
        },
      ];
    }),
  );
}

/** Returns the effect of a number. @param points values at which the curve is wanted */
export function numberEffect(
  cause: Cause,
  design: CauseDesign,
  straight: CauseDesign,
  values: Float64Array,
  points: readonly number[],
): FoldEffect {
  const { regression, columnOf, at } = design;
  const ranked = scoresOf(values, at);
  const scores = straight.regression.fit(straight.responseOf(ranked));
  const fit = straight.regression.fit(straight.responseOf(values));
  const curved = regression.fit(design.responseOf(values));
  const column = straight.columnOf.get(0)!;
  const scale = scaleOf(curved.residuals, [...at.keys()], design);
  const trend = scores.estimate(column);
  const spread = spreadFit(straight, curved.residuals);
  const terms = [...columnOf];
  const curve = points.map((point) => {
    const weights = termsAt(cause, point);
    const parts = terms.map(([term, i]) => ({ weight: weights[term], estimate: curved.estimate(i) }));
    return quotient(weighted(parts, design), scale, design);
  });
  const joint =
    terms.length > 1 ? regression.fit(design.responseOf(ranked)).jointP(terms.map(([, i]) => i)) : undefined;
  return {
    shift: quotient(fit.estimate(column), scale, straight),
    spread: logRatio(spread.estimate(column), spread.estimate(0), straight),
    p: scores.jointP([column]),
    sign: Math.sign(trend.value),
    joint,
    curve,
    f: cohenF(straight, fit, { column, key: 0 }),
  };
}

/** Returns the standard deviation that a column explains given the other columns, relative to that of the residuals. */
function cohenF(
  { regression, comparedRows }: CauseDesign,
  { coefficients, residuals }: Fit,
  { column, key }: { readonly column: number; readonly key: number },
): number | undefined {
  if (!comparedRows) return undefined;
  const rows = comparedRows(key);
  const length = (values: Float64Array) => Math.sqrt(rows.reduce((sum, row) => sum + values[row] ** 2, 0));
  const unexplained = length(residuals);
  return unexplained > 0 ? (coefficients[column] * length(regression.remainder(column))) / unexplained : 0;
}

/** Returns normal scores among the used rows, at their places among all rows. */
function scoresOf(values: Float64Array, at: Int32Array): Float64Array {
  const scores = normalScores(Float64Array.from(at, (i) => values[i]));
  const all = new Float64Array(values.length);
  at.forEach((i, k) => (all[i] = scores[k]));
  return all;
}

interface Scale {
  readonly sd: number;
  /** Change of the variance because of each unit. */
  readonly influences: Float64Array;
}

/** Returns the standard deviation of some used rows. */
function scaleOf(values: Float64Array, of: readonly number[], { units, regression }: CauseDesign): Scale {
  const { mean, sd } = meanAndSd(of.map((row) => values[row]));
  const count = of.length;
  const variance = (sd * sd * count) / Math.max(1, count - 1);
  const changes = new Float64Array(values.length);
  for (const row of of) changes[row] = ((values[row] - mean) ** 2 - variance) / Math.max(1, count - 1);
  const influences = new Float64Array(regression.unitCount);
  if (units) units.forEach((members, unit) => members.forEach((row) => (influences[unit] += changes[row])));
  else influences.set(changes);
  return { sd: Math.sqrt(variance), influences };
}

/** Divides an estimate by a standard deviation that is itself estimated. */
function quotient({ value, influences }: Estimate, scale: Scale, { regression }: CauseDesign): Estimate {
  const { sd } = scale;
  if (!(sd > 0)) return { value: 0, influences: new Float64Array(influences.length), degrees: 1 };
  const ratio = value / sd;
  const changes = influences.map((change, unit) => change / sd - (ratio * scale.influences[unit]) / (2 * sd * sd));
  return { value: ratio, influences: changes, degrees: regression.degrees(changes) };
}

/** Regresses the sizes of residuals on the cause (Levene 1960). Rows with a large leverage have smaller residuals. */
function spreadFit({ regression }: CauseDesign, residuals: Float64Array) {
  const { leverages } = regression;
  return regression.fit(residuals.map((value, row) => Math.abs(value) / Math.sqrt(Math.max(0.05, 1 - leverages[row]))));
}

/** Returns the logarithm of (middle + change) / middle. */
function logRatio(change: Estimate, middle: Estimate, { regression }: CauseDesign): Estimate {
  const floor = 1e-3 * middle.value;
  const other = Math.max(floor, middle.value + change.value);
  if (!(middle.value > 0)) return { value: 0, influences: new Float64Array(change.influences.length), degrees: 1 };
  const influences = change.influences.map(
    (value, unit) => (value + middle.influences[unit]) / other - middle.influences[unit] / middle.value,
  );
  return { value: Math.log(other / middle.value), influences, degrees: regression.degrees(influences) };
}

function weighted(
  parts: readonly { readonly weight: number; readonly estimate: Estimate }[],
  { regression }: CauseDesign,
): Estimate {
  const influences = new Float64Array(regression.unitCount);
  let value = 0;
  for (const { weight, estimate } of parts) {
    value += weight * estimate.value;
    estimate.influences.forEach((change, unit) => (influences[unit] += weight * change));
  }
  return { value, influences, degrees: regression.degrees(influences) };
}
