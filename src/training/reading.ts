// What each competing run says about the same subjects, and how far the runs agree: per edge and per latent.

import { meanCorrelation } from '../metrics/index.js';
import type { LatentLayout } from '../models/layout.js';

export interface RunReading {
  /** Latents of the subjects, rows × D. */
  readonly latents: Float32Array;
  /** D × D, row child, column parent: gates read as 0 or 1, or strengths P of a model without gates. */
  readonly edges: Float32Array;
  /** False for a run that left the finite numbers. */
  readonly alive: boolean;
}

/**
 * Per latent of the chosen run, the mean |Spearman| with its match in every other living run; 1 when there is no other.
 * Every good run ends in a latent that the data determine, but not in one that is determined only up to mixing.
 */
export function latentAgreement(readings: readonly RunReading[], chosen: number, layout: LatentLayout): number[] {
  const others = readings.filter((reading, run) => reading.alive && run !== chosen);
  if (others.length === 0) return new Array<number>(layout.latents).fill(1);
  const samples = (values: Float32Array) => ({
    values,
    rows: values.length / layout.latents,
    columns: layout.latents,
  });
  const reference = samples(readings[chosen].latents);
  const shape = { modalities: layout.modalities.map((m) => m.latents) };
  const sums = new Array<number>(layout.latents).fill(0);
  for (const { latents } of others) {
    const { perLatent } = meanCorrelation(reference, samples(latents), shape).spearman;
    perLatent.forEach((value, i) => (sums[i] += value));
  }
  return sums.map((sum) => sum / others.length);
}
