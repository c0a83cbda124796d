// comparison.json: the scores of all methods.

import * as z from 'zod';

const share = z.object({
  r2: z.number(),
  error: z.number().nullable().describe('Standard error over held-out subjects, or groups; null below five.'),
});

const pair = z.object({
  first: z.string(),
  second: z.string(),
  subjects: z.int().describe('Held-out subjects, or groups of repeated rows, with both modalities.'),
  correlation: z.number().describe('Largest canonical correlation between the latents.'),
  p: z.number().describe('p of Bartlett’s test.'),
  corrected: z.number().describe('p corrected for the number of pairs (Holm).'),
});

const methodSchema = z.object({
  name: z.string(),
  title: z.string(),
  latents: z.record(z.string(), z.int()).describe('Number of latents by modality.'),
  within: share.nullable().describe('Share of the variance of the modality’s columns, mean over modalities and seeds.'),
  across: share.nullable().describe('The same for the columns of the other modalities.'),
  difference: z
    .object({ within: share.nullable(), across: share.nullable() })
    .nullable()
    .describe('Difference from the first method, paired by subject; null for the first method.'),
  modalities: z.array(z.object({ name: z.string(), within: share.nullable(), across: share.nullable() })),
  pairs: z.array(pair).describe('Pairs of modalities, for the first seed.'),
  shuffled: z
    .object({
      related: z.int().describe('Pairs with p < 0.05. About 5 % are expected.'),
      pairs: z.int(),
      across: z.number().nullable().describe('Mean share across modalities. Above 0: latents read other modalities.'),
    })
    .nullable()
    .describe('The method on shuffled subjects, whose modalities are not associated.'),
  stability: z.number().nullable().describe('Mean |correlation| of matched latents of two seeds; null for one seed.'),
  truth: z
    .object({
      mcc: z.number().describe('Rank correlation with the true latents, matched within modalities.'),
      chance: z.number().describe('Mean MCC of random rotations of the true latents.'),
      corrected: z.number().nullable().describe('(MCC − chance)/(1 − chance).'),
      r2: z.number().describe('Share of the true latents that the latents explain; 0 by chance.'),
      shd: z.number().nullable().describe('Wrong edges between modalities; null for a method without a graph.'),
      shdChance: z
        .number()
        .nullable()
        .describe('Expected SHD of as many edges at random places; null for a method without a graph.'),
    })
    .nullable(),
  seconds: z.number().describe('Seconds of a fit with its latents, mean over seeds.'),
  memory: z
    .int()
    .nullable()
    .describe('Peak resident memory of the process in bytes; null where the system does not report it.'),
});

export const comparisonSchema = z.object({
  format: z.literal('interlatent-compared-1'),
  version: z.string(),
  study: z.string(),
  fingerprint: z.string(),
  subjects: z.object({ train: z.int(), validation: z.int(), test: z.int() }),
  seeds: z.array(z.int()),
  shuffles: z.int(),
  methods: z.array(methodSchema),
  warnings: z.array(z.string()),
});

export type Comparison = z.infer<typeof comparisonSchema>;
export type ComparedMethod = z.infer<typeof methodSchema>;
