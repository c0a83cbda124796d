// Combines the effects of the folds of all splits.

import { normalTwoSided, normalTwoSidedQuantile } from '../../causal/discovery/independence/distributions.js';
import { normalCdf } from '../../graph/special.js';
import { mean } from '../../metrics/vectors.js';
import { cauchy } from '../combine.js';
import { halfWidth, pOf, standardErrorOf, type Estimate } from './clustered-regression.js';
import type { FoldEffect } from './fold-effects.js';

/** An estimate with its 95 % and 90 % intervals. */
export interface EffectInterval {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  readonly lower90: number;
  readonly upper90: number;
}

/** Two folds whose effects differ by more than chance (10 %) have different latents. */
const MIN_DIFFERENCE = 2.706;
const MAX_Z = 37;
/** Maximum correlation of the z-values of two folds. */
const MAX_CORRELATION = 1;

export interface CombinedEffect {
  readonly effect: EffectInterval;
  /** Ratio of the spreads. */
  readonly spread: EffectInterval;
  readonly p: number;
  /** Sign of the shift of normal scores, which p tests. */
  readonly sign: number;
  readonly spreadP: number;
  /** Standard error of the effect. */
  readonly standardError: number;
  /** Factor by which the intervals are wider because folds disagree: they have different latents. At least 1. */
  readonly widening: number;
  readonly curve?: readonly EffectInterval[] | undefined;
  /** Share of the remaining variance that the cause explains; left out for an assigned cause. */
  readonly partialR2?: number | undefined;
}

/**
 * Combines the effects on a latent.
 *
 * Under the null, the z of a fold is a sum over its rows of an axis that the other fold determined. As far as the two
 * axes differ, each can be the noise of the effect in the fold that determined it. Both z then contain the product of
 * the same two noises. Their correlation is at most 1 − agreement, the share of variance in which the axes differ, if a
 * latent is one of many directions. If the cause itself chose the axis, it is nearly 1 − agreement². Splits test the
 * same rows again: their mean z has at most the variance of one split.
 *
 * Folds that share their units, which are batches, share what differs between these: the bound of the correlation is 1.
 *
 * @param splits by split: the effects in its folds, and the agreement of the latent between the folds' models
 */
export function combineEffects(
  splits: readonly { readonly folds: readonly FoldEffect[]; readonly agreement: number }[],
  { hasBatchUnits = false }: { readonly hasBatchUnits?: boolean | undefined } = {},
): CombinedEffect {
  const shifts = splits.map(({ folds }) => folds.map(({ shift }) => shift));
  const { interval, standardError, inflation } = combinedEstimate(shifts, hasBatchUnits);
  const spread = combinedEstimate(
    splits.map(({ folds }) => folds.map((fold) => fold.spread)),
    hasBatchUnits,
  );
  const correlations = splits.map(({ agreement }) =>
    hasBatchUnits ? MAX_CORRELATION : Math.min(MAX_CORRELATION, Math.max(0, 1 - agreement ** 2)),
  );
  const signedZ = combinedZ(
    splits.map(({ folds }) => folds.map(({ p, sign }) => sign * scoreOf(p))),
    correlations,
  );
  const trend = normalTwoSided(signedZ / Math.sqrt(inflation));
  const joints = splits.map(({ folds }) => folds.flatMap(({ joint }) => (joint === undefined ? [] : [joint])));
  const hasJoint = joints.every((ps) => ps.length > 0);
  const spreadZ = combinedZ(
    splits.map(({ folds }) => folds.map((fold) => Math.sign(fold.spread.value) * scoreOf(pOf(fold.spread)))),
    correlations,
  );
  const points = splits[0].folds[0].curve?.length ?? 0;
  const strengths = splits.flatMap(({ folds }) => folds.flatMap(({ f = [] }) => f));
  const f2 = mean(strengths) ** 2;
  return {
    effect: interval,
    spread: exponential(spread.interval),
    sign: Math.sign(signedZ),
    p: hasJoint
      ? cauchy([
          trend,
          oneSided(
            combinedZ(
              joints.map((ps) => ps.map(upperScore)),
              correlations,
            ),
          ),
        ])
      : trend,
    spreadP: normalTwoSided(spreadZ / Math.sqrt(spread.inflation)),
    standardError,
    widening: Math.sqrt(inflation),
    ...(strengths.length > 0 && { partialR2: f2 / (1 + f2) }),
    ...(points > 0 && {
      curve: Array.from({ length: points }, (_, point) => {
        const values = splits.map(({ folds }) => folds.map(({ curve }) => curve![point]));
        return combinedEstimate(values, hasBatchUnits).interval;
      }),
    }),
  };
}

/** Returns the mean over splits of the sums of z of the folds, which has at most variance 1. */
function combinedZ(splits: readonly (readonly number[])[], correlations: readonly number[]): number {
  return mean(
    splits.map((zs, s) => {
      const sum = zs.reduce((total, z) => total + z, 0);
      return sum / Math.sqrt(zs.length * (1 + (zs.length - 1) * correlations[s]));
    }),
  );
}

/** Returns the |z| of a two-sided p. */
function scoreOf(p: number): number {
  return p >= 1 ? 0 : Math.min(MAX_Z, normalTwoSidedQuantile(Math.max(p, 1e-300)));
}

/** Returns the z that a one-sided p belongs to. */
function upperScore(p: number): number {
  if (p > 0.5) return -upperScore(Math.max(1 - p, 1e-3));
  return p === 0.5 ? 0 : scoreOf(2 * p);
}

function oneSided(z: number): number {
  return z > 0 ? normalTwoSided(z) / 2 : 1 - normalTwoSided(z) / 2;
}

export interface Combined {
  readonly interval: EffectInterval;
  readonly standardError: number;
  /** Factor of the squared standard error because folds have different latents. */
  readonly inflation: number;
}

/**
 * Returns the mean over folds and splits. Its error has two parts: that of the subjects, and that of the latents, which
 * are those of different models. If the folds differ by more than their subjects explain, the second part is estimated
 * from the difference (DerSimonian & Laird 1986).
 */
export function combinedEstimate(splits: readonly (readonly Estimate[])[], hasBatchUnits = false): Combined {
  const values = splits.map((folds) => mean(folds.map(({ value }) => value)));
  const errors = splits.map((folds) => folds.map((fold) => standardErrorOf(fold) ** 2));
  // Means of folds that share their units are as exact as one of them.
  const independent = (folds: readonly unknown[]): number => (hasBatchUnits ? 1 : folds.length);
  const sampling = mean(
    errors.map((folds) => folds.reduce((sum, v) => sum + v, 0) / (folds.length * independent(folds))),
  );
  const degrees = mean(
    splits.map((folds, s) => {
      const whole = errors[s].reduce((sum, v) => sum + v, 0);
      const parts = folds.reduce((sum, fold, f) => sum + errors[s][f] ** 2 / fold.degrees, 0);
      return parts > 0 ? (whole ** 2 / parts) * (independent(folds) / folds.length) : 1;
    }),
  );
  const differences = splits.map((folds, s) => ({
    square: (folds[0].value - folds[1].value) ** 2,
    variance: errors[s][0] + errors[s][1],
  }));
  const isDifferent = mean(differences.map(({ square, variance }) => square / variance)) > MIN_DIFFERENCE;
  const ofModels = isDifferent
    ? Math.max(0, mean(differences.map(({ square, variance }) => square - variance)) / 2)
    : 0;
  const variance = sampling + ofModels / 2;
  const standardError = Math.sqrt(variance);
  const estimate = mean(values);
  const [half, half90] = [0.05, 0.1].map((share) => halfWidth(standardError, degrees, share));
  return {
    interval: {
      estimate,
      lower: estimate - half,
      upper: estimate + half,
      lower90: estimate - half90,
      upper90: estimate + half90,
    },
    standardError,
    inflation: sampling > 0 ? variance / sampling : 1,
  };
}

function exponential({ estimate, lower, upper, lower90, upper90 }: EffectInterval): EffectInterval {
  return {
    estimate: ratio(estimate),
    lower: ratio(lower),
    upper: ratio(upper),
    lower90: ratio(lower90),
    upper90: ratio(upper90),
  };
}

/** Returns the exponential, at most 10⁶: the bound of a hardly measured ratio must stay a number. */
function ratio(logarithm: number): number {
  return Math.min(1e6, Math.exp(logarithm));
}

/** Returns the probability that a test of this level sees an effect. */
export function powerOf(effect: number, standardError: number, level: number): number {
  if (!(standardError > 0)) return 0;
  const critical = normalTwoSidedQuantile(level);
  return normalCdf(effect / standardError - critical) + normalCdf(-effect / standardError - critical);
}
