// Latents and edges of each competing restart on the same subjects, and the agreement of restarts per latent.

import { meanCorrelation } from '../metrics/index.js';
import type { LatentLayout } from '../networks/layout.js';

/** Results of one restart on some subjects. */
export interface RestartReading {
  /** Latents of the subjects, rows × D. */
  readonly latents: Float32Array;
  /** D × D, row child, column parent: gates read as 0 or 1, or strengths P of a model without gates. */
  readonly edges: Float32Array;
  /** False for a restart that diverged. */
  readonly alive: boolean;
}

/**
 * Returns for each latent of the chosen restart the mean |Spearman| with its match in every other finite restart, or 1
 * if there is no other. Every good restart finds a latent that the data determine, but not one that is determined only
 * up to mixing.
 */
export function latentAgreement(readings: readonly RestartReading[], chosen: number, layout: LatentLayout): number[] {
  const otherRestarts = readings.filter((reading, restart) => reading.alive && restart !== chosen);
  if (otherRestarts.length === 0) return new Array<number>(layout.latents).fill(1);
  const samples = (values: Float32Array) => ({
    values,
    rows: values.length / layout.latents,
    columns: layout.latents,
  });
  const reference = samples(readings[chosen].latents);
  const shape = { modalities: layout.modalities.map((m) => m.latents) };
  const sums = new Array<number>(layout.latents).fill(0);
  for (const { latents } of otherRestarts) {
    const { perLatent } = meanCorrelation(reference, samples(latents), shape).spearman;
    perLatent.forEach((value, i) => (sums[i] += value));
  }
  return sums.map((sum) => sum / otherRestarts.length);
}
