// A quantity over draws: its distribution, and how sure the mean of a difference is.

import { quantileOf } from '../data/ranks.js';
import { normalQuantile } from '../graph/special.js';

/** Of draws: moments, median, and the interval that holds the middle `level` of them. */
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
   * Half-width of the mean's interval over draws: how far another seed might lie away. How sure the fit is of its
   * graph, mechanisms and latents is not in it.
   */
  readonly simulationError: number;
}

/** @param level of the interval, 0.9 for the middle 90 % */
export function distributionOf(draws: Float64Array, level: number): Distribution {
  const { mean, sd } = momentsOf(draws);
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

/** @param differences of the same draw with and without the intervention */
export function meanEffect(differences: Float64Array, level: number): MeanEffect {
  const { mean, sd } = momentsOf(differences);
  return { mean, simulationError: (normalQuantile((1 + level) / 2) * sd) / Math.sqrt(differences.length) };
}

function momentsOf(values: Float64Array): { readonly mean: number; readonly sd: number } {
  let [sum, squares] = [0, 0];
  for (const value of values) sum += value;
  const mean = sum / values.length;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, sd: Math.sqrt(squares / values.length) };
}
