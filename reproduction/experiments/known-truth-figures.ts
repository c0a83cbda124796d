// Figures of how close estimated latents are to known ones, for all latents and for each.

import * as z from 'zod';
import type { Evaluation } from '../../src/metrics/index.js';

const latentSchema = z.object({ name: z.string(), spearman: z.number(), r2: z.number() });

/** `mcc` is the Spearman MCC within modalities; `chance` is its chance floor. */
export const figuresSchema = z.object({
  mcc: z.number(),
  chance: z.number(),
  r2: z.number(),
  latents: z.array(latentSchema).readonly(),
});

export type KnownTruthFigures = z.infer<typeof figuresSchema>;

export function figuresOf({ mccSpearman, chance, r2, modalities }: Evaluation): KnownTruthFigures {
  return {
    mcc: mccSpearman,
    chance: chance.mccSpearman.floor,
    r2,
    latents: Object.values(modalities).flatMap(({ latents }) =>
      latents.map(({ name, spearman, r2: each }) => ({ name, spearman, r2: each })),
    ),
  };
}
