// The schemas of answers as JSON, for the OpenAPI document.

import * as z from 'zod';
import { overClassSchema } from './over-class-schema.js';
import type { ServedQuestion } from './questions.js';

const distribution = z.object({
  mean: z.number(),
  sd: z.number(),
  median: z.number(),
  low: z.number(),
  high: z.number(),
});

const warnings = z.array(z.object({ code: z.string(), text: z.string() }));

const columns = z.record(z.string(), z.record(z.string(), z.array(z.number())));

const cells = z.object({
  cells: z.array(
    z.object({
      row: z.int(),
      modality: z.string(),
      column: z.string(),
      unit: z.string(),
      ...distribution.shape,
    }),
  ),
  warnings,
});

/** A variable that an action reaches. */
const consequence = z.object({
  name: z.string(),
  kind: z.enum(['latent', 'column']),
  modality: z.string(),
  unit: z.string(),
  assumed: z.boolean().describe('True if the effect follows an assumed direction.'),
});

const assumptions = {
  overClass: z
    .array(z.object({ name: z.string(), modality: z.string(), overClass: overClassSchema }))
    .optional()
    .describe(
      'If one latent is set: effects on latents in held-out subjects, over all equally good graphs. With the warning ' +
        '`direction-unknown`, only these are known.',
    ),
  assumed: z
    .array(z.object({ from: z.string(), to: z.string() }))
    .describe('Edges with an assumed direction that effects follow.'),
  warnings,
};

const inRows = z.array(z.record(z.string(), z.record(z.string(), z.number())));
const latents = z.union([inRows, columns]);

const score = z.object({
  score: z.number().describe('About 1 for most subjects of the same population, larger for an unusual subject.'),
  share: z.number().describe('Share of the reference and the subject with a score at least as large.'),
});
const modality = z.object({ name: z.string(), measurements: score, latents: score });

export const ANSWERS: Readonly<Record<ServedQuestion, z.ZodType>> = {
  encode: z.object({
    latents: latents.describe('Latents by modality, in the form of the request: rows or columns.'),
    sd: latents.optional().describe('Standard deviations; with posterior only.'),
    inferred: z
      .record(z.string(), z.array(z.boolean()))
      .optional()
      .describe(
        'By modality, true for each subject whose latents are inferred from other modalities; with posterior only.',
      ),
  }),
  impute: cells,
  predict: cells,
  intervene: z.object({
    set: z.array(z.object({ name: z.string(), value: z.number(), sd: z.number() })),
    causes: z
      .array(
        z.object({
          name: z.string(),
          value: z.union([z.string(), z.number()]),
          against: z.union([z.string(), z.number()]).describe('Value without the intervention.'),
          assigned: z.boolean().describe('False if the answer assumes that the cause acts as if assigned.'),
          extrapolation: z.boolean().describe('True if no training subject had such values.'),
        }),
      )
      .optional()
      .describe('Observed causes that are set.'),
    draws: z.int(),
    lost: z.int(),
    seed: z.int(),
    level: z.number(),
    consequences: z.array(
      consequence.extend({
        before: distribution,
        after: distribution,
        effect: z.object({
          mean: z.number(),
          simulationError: z
            .number()
            .describe('How much another seed may differ. It does not include the uncertainty of the fit.'),
        }),
        heldOut: z
          .object({ estimate: z.number(), lower: z.number(), upper: z.number() })
          .optional()
          .describe('Total effect of the cause in held-out subjects, in sd at the reference, with its 95 % interval.'),
      }),
    ),
    ...assumptions,
  }),
  counterfactual: z.object({
    subjects: z.array(
      z.object({
        row: z.int(),
        lost: z.int(),
        consequences: z.array(
          consequence.extend({
            factual: distribution,
            counterfactual: distribution,
            effect: distribution,
          }),
        ),
      }),
    ),
    ...assumptions,
  }),
  typicality: z.object({
    reference: z.int().describe('Number of subjects in the reference.'),
    subjects: z.array(
      z.object({
        row: z.int(),
        share: z.number().describe('Share of the reference and the subject that are at least as unusual.'),
        modalities: z.array(modality),
      }),
    ),
    warnings,
  }),
  simulate: z.object({
    subjects: z.int(),
    columns: columns.describe('Values of all subjects by modality and column, in the units of the tables.'),
    latents: z.record(z.string(), z.array(z.number())).describe('Values of all subjects by latent.'),
    causes: z
      .record(z.string(), z.array(z.union([z.string(), z.number()])))
      .optional()
      .describe('Level or number of all subjects by observed cause.'),
  }),
};
