// Schema of `ranges` in run.json, which answers to questions need: ranges of latents, moments of the noises, and
// scatter of the columns.

import * as z from 'zod';
import { causeRangesSchema, momentsSchema, rangeSchema } from './causes-schema.js';

export const rangesSchema = z.object({
  /** Numbers of subjects of each split that were used, evenly spread; left out if all were used. */
  sample: z.object({ train: z.int().min(1), validation: z.int().min(0) }).optional(),
  /**
   * Ranges over the training subjects who have the latent's modality; `low` and `high` are the 1 and 99 % quantiles.
   */
  latents: z.array(rangeSchema).readonly(),
  /** Moments of the noise ε of each latent; a prior that fits exactly has mean 0 and sd 1. */
  epsilon: z.array(momentsSchema).readonly(),
  /**
   * Regression of every private noise η on the latents of its modality: `mean` + Σ `slopes` · latents, with residuals
   * of deviation `sd`. The slopes of a completely private noise are 0.
   */
  eta: z.array(momentsSchema.extend({ slopes: z.array(z.number()).readonly() })).readonly(),
  /**
   * By modality and column, the root mean square difference between standardised values of validation subjects and
   * their reconstructions.
   */
  noise: z.array(z.array(z.number().min(0)).readonly()).readonly(),
  /** Values of the observed causes among all training subjects; left out without causes. */
  causes: causeRangesSchema.optional(),
});

export type Moments = z.infer<typeof momentsSchema>;
export type Ranges = z.infer<typeof rangesSchema>;
