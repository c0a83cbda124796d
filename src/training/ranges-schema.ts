// What run.json says for questions to a fitted model: how far latents reach, what the noises behind them are like, and
// how columns scatter.

import * as z from 'zod';

const momentsSchema = z.object({ mean: z.number(), sd: z.number() });
const latentRangeSchema = momentsSchema.extend({ low: z.number(), high: z.number() });

export const rangesSchema = z.object({
  /** How many subjects of each part the ranges are of, evenly spread, where they are not of all. */
  sample: z.object({ train: z.int().min(1), validation: z.int().min(0) }).optional(),
  /** Of each latent over the training subjects who have its modality; `low` and `high` are the 1 and 99 % quantiles. */
  latents: z.array(latentRangeSchema).readonly(),
  /** Of the noise ε behind each latent; a prior that fits exactly has mean 0 and sd 1. */
  epsilon: z.array(momentsSchema).readonly(),
  /**
   * Of every private noise η, modality by modality: it is `mean` + Σ `slopes` · latents of the modality, and the rest
   * has this sd. Slopes of a noise that is private entirely are 0; what is left of the latents in it moves with them.
   */
  eta: z.array(momentsSchema.extend({ slopes: z.array(z.number()).readonly() })).readonly(),
  /**
   * By modality and column, root mean square of what validation subjects' values differ by from the decoder's answer to
   * the encoder's, standardised.
   */
  noise: z.array(z.array(z.number().min(0)).readonly()).readonly(),
});

export type Moments = z.infer<typeof momentsSchema>;
export type Ranges = z.infer<typeof rangesSchema>;
