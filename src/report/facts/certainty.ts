// The certainty of latents: the typical standard deviation of a subject's posterior, relative to that between subjects.

import type { ModalityPosterior } from '../../inference/model-latents.js';
import { quantileOf } from '../../data/ranks.js';
import { meanAndSd } from '../../metrics/vectors.js';

export interface Certainty {
  readonly encoded: TypicalSd;
  /** Subjects who lack the modality. Its latents are inferred from their other modalities. */
  readonly inferred: TypicalSd;
}

export interface TypicalSd {
  readonly subjects: number;
  /** Median over subjects, in standard deviations of the latent between subjects who have it. NaN without subjects. */
  readonly sd: number;
}

/** Returns the certainty of a latent. @param latents number of latents of the modality @param k index of the latent */
export function certainty({ mean, sd, inferred }: ModalityPosterior, latents: number, k: number): Certainty {
  const rows = [...inferred.keys()];
  const between = meanAndSd(rows.filter((row) => inferred[row] === 0).map((row) => mean[row * latents + k])).sd;
  const typical = (wanted: number): TypicalSd => {
    const sds = rows.filter((row) => inferred[row] === wanted).map((row) => sd[row * latents + k]);
    const median = sds.length === 0 ? NaN : quantileOf(Float64Array.from(sds).sort(), 0.5);
    return { subjects: sds.length, sd: median / (between || 1) };
  };
  return { encoded: typical(0), inferred: typical(1) };
}
