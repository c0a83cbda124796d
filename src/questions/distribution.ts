// Distributions of quantities over draws, and the simulation error of mean differences.

import { quantileOf } from '../data/ranks.js';
import { normalQuantile } from '../graph/special.js';
import { meanAndSd } from '../metrics/vectors.js';

/** Moments and median of draws, and the interval of the middle `level` of them. */
export interface Distribution {
  readonly mean: number;
  readonly sd: number;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** A mean over draws. */
export interface MeanEffect {
  readonly mean: number;
  /**
   * Half-width of the interval of the mean over draws: the possible distance of the result with another seed. It does
   * not include the uncertainty of graph, mechanisms and latents.
   */
  readonly simulationError: number;
}

/** Returns the distribution of draws. @param level level of the interval, 0.9 for the middle 90 % */
export function distributionOf(draws: Float64Array, level: number): Distribution {
  const { mean, sd } = meanAndSd(draws);
  const sorted = Float64Array.from(draws).sort();
  const tail = (1 - level) / 2;
  return {
    mean,
    sd,
    median: quantileOf(sorted, 0.5),
    low: quantileOf(sorted, tail),
    high: quantileOf(sorted, 1 - tail),
  };
}

/** Returns the mean effect. @param differences differences of the same draws with and without the intervention */
export function meanEffect(differences: Float64Array, level: number): MeanEffect {
  const { mean, sd } = meanAndSd(differences);
  return { mean, simulationError: (normalQuantile((1 + level) / 2) * sd) / Math.sqrt(differences.length) };
}
