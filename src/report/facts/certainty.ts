// How sure a model is of latents: typical standard deviations of what it says of a subject, beside how far subjects
// differ.

import type { ModalityPosterior } from '../../inference/model-latents.js';
import { quantileOf } from '../../data/ranks.js';

export interface Certainty {
  readonly encoded: TypicalSd;
  /** Of subjects who lack the modality: inferred from their others. */
  readonly inferred: TypicalSd;
}

export interface TypicalSd {
  readonly subjects: number;
  /** Median over the subjects, in standard deviations of the latent between subjects who have it; NaN of nobody. */
  readonly sd: number;
}

/** @param latents of the modality @param k one of them */
export function certainty({ mean, sd, inferred }: ModalityPosterior, latents: number, k: number): Certainty {
  const rows = [...inferred.keys()];
  const between = sdOf(rows.filter((row) => inferred[row] === 0).map((row) => mean[row * latents + k]));
  const typical = (wanted: number): TypicalSd => {
    const own = rows.filter((row) => inferred[row] === wanted).map((row) => sd[row * latents + k]);
    const median = own.length === 0 ? NaN : quantileOf(Float64Array.from(own).sort(), 0.5);
    return { subjects: own.length, sd: median / (between || 1) };
  };
  return { encoded: typical(0), inferred: typical(1) };
}

function sdOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
