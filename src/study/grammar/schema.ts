// The keys of a study file with their defaults and descriptions. An unknown key is an error. The build writes these
// schemas as JSON Schema, for editors and for the reference page.

import * as z from 'zod';
import { ARRAY_PLURALS } from '../../data/regular-array.js';
import { sparsitySchema, trainingSchema } from '../../training/fit-schema.js';
import { discoverySchema } from './discovery.js';
import { ARRAY_MODALITIES } from './array-keys.js';
import { batchSchema, causeSchema } from './causes.js';
import { cohortSchema } from './cohort.js';
import { latentKeys } from './modality-keys.js';
import { outcomeSchema } from './outcomes.js';
import { adjustSchema, preparationKeys } from './preparation.js';
import { subjectIdSchema } from './subject-id.js';
import { subgroupsSchema } from './subgroups.js';
import { surveySchema } from './survey.js';
import { modalityName, nameList, tableKeys } from './tables.js';

const wholeNumber = (min: number, max: number) => z.int().min(min).max(max);
const seed = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const tableModalitySchema = z.strictObject({
  ...tableKeys,
  log: z
    .union([z.boolean(), nameList], { error: 'must be true, false or a list of columns' })
    .default(false)
    .describe(
      '`true`: takes the logarithm of skewed positive columns. A list: takes the logarithm of exactly these columns. ' +
        'Excludes `transform`.',
    ),
  ...preparationKeys,
  batch: batchSchema
    .optional()
    .describe(
      "Batches of this modality, whose effect on its columns is removed. Default: the study's `batch`, if it has one.",
    ),
  ...latentKeys,
});

const modalitySchema = z.union([tableModalitySchema, ...ARRAY_MODALITIES], {
  error: `must have one of table, ${ARRAY_PLURALS}`,
});

const splitSize = (min: number) =>
  z
    .number()
    .min(min)
    .refine((size) => size < 1 || Number.isSafeInteger(size), {
      error: 'must be a share below 1 or a whole number of subjects',
    });

const splitSchema = z.strictObject({
  validation: splitSize(Number.MIN_VALUE)
    .default(0.1)
    .describe(
      'Subjects that choose epochs and restarts: below 1 a share of all subjects, from 1 on a number of subjects.',
    ),
  test: splitSize(0)
    .default(0.1)
    .describe(
      'Held-out subjects: below 1 a share of all subjects, from 1 on a number of subjects. 0 holds no subject out.',
    ),
  seed: seed.default(0).describe('Seed of the random split.'),
});

export const studySchema = z
  .strictObject({
    study: z.string().min(1).describe('Name of the study.'),
    id: subjectIdSchema.describe(
      'Column that identifies a subject in every table. Tables are joined on it. `""` is a first column without a ' +
        'name. A map changes the ids or joins tables by the number of the row.',
    ),
    group: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Column that says which rows belong together, such as the visits of one person. At least one modality has ' +
          'this column, and it is not a measurement. The rows of a group are always in the same split and in the ' +
          'same fold. Default: each row is a group.',
      ),
    cohort: cohortSchema
      .optional()
      .describe(
        'Subjects of the study: those of this table that meet its rules. All others are left out of every modality. ' +
          'Default: all subjects of the modalities.',
      ),
    missing: z
      .enum(['keep', 'drop'])
      .default('keep')
      .describe(
        '`keep`: a subject needs one value in one modality. `drop`: a subject needs every value of every modality. ' +
          'Codes of missing values belong to the key `missing` of a modality.',
      ),
    modalities: z
      .record(modalityName, modalitySchema)
      .describe(
        'Modalities by name, two or more; with `causes` one is enough. A name is a letter followed by letters, ' +
          'digits, `_` or `-`. With `sparsity.graph: ordered`, an earlier modality may cause a later one.',
      ),
    causes: z
      .record(modalityName, causeSchema)
      .optional()
      .describe(
        'Measured causes of the latents by name: treatments, knock-outs, doses, genotypes. No latent causes them. ' +
          'Default: none.',
      ),
    shared: z
      .union(
        [
          z.literal('auto'),
          z.strictObject({
            latents: wholeNumber(1, 256).describe('Number of shared latents.'),
            modalities: nameList
              .optional()
              .describe('Modalities that have these latents in common. Default: all modalities.'),
          }),
        ],
        { error: 'must be "auto", or latents and modalities: { latents: 1, modalities: [a, b] }' },
      )
      .default('auto')
      .describe(
        'Latents that several modalities have in common. `auto`: the fit does not assume any. Its tests find which ' +
          'sets of modalities share how many, and copies of one variable count as one latent. An object declares the ' +
          'last `latents` ones of each of these modalities, included in the `latents` of each. They come first in ' +
          'the causal order.',
      ),
    batch: batchSchema
      .optional()
      .describe(
        'Batches, such as sites or instruments, whose effect on all measured columns is removed. It is estimated in ' +
          'the training split together with the effects of causes and covariates, which stay. Default: none.',
      ),
    adjust: adjustSchema
      .optional()
      .describe(
        'Covariates whose effect is removed from all columns of all tables before the fit. The effect is estimated ' +
          'in the training split. Default: none.',
      ),
    survey: surveySchema
      .optional()
      .describe(
        'Sampling design of a survey: weights, strata, and primary sampling units. Figures and tests after a fit use ' +
          'it (`table survey-links`). The fit itself weighs all subjects equally. Default: none.',
      ),
    outcomes: z
      .record(modalityName, outcomeSchema)
      .optional()
      .describe(
        'Outcomes by name, to which latents are related after a fit. They never enter a fit. A subject may lack any ' +
          'of them. Default: none.',
      ),
    subgroups: subgroupsSchema
      .optional()
      .describe(
        'Groups of subjects, such as sexes, sites, or cohorts, that tables compare after a fit (`table ' +
          'subgroup-links`). They never enter a fit, and `group`, which names repeated rows, keeps its meaning. ' +
          'Default: none.',
      ),
    split: splitSchema
      .prefault({})
      .describe('Sizes of the training, validation and test splits. Subjects that are in neither of the two train.'),
    training: trainingSchema.prefault({}).describe('Settings of the fit.'),
    sparsity: sparsitySchema.prefault({}).describe('Settings of the graph.'),
    discovery: discoverySchema.prefault({}).describe('What `interlatent study run` does after the fit.'),
  })
  .describe('Study file of interlatent: the tables to read, the subjects, and what to learn from each modality.');

export type StudyConfig = z.output<typeof studySchema>;
export type ModalityConfig = z.output<typeof modalitySchema>;
export type TableModalityConfig = z.output<typeof tableModalitySchema>;
