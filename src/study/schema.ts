// What a study file may say, with every default in one place. Keys are checked strictly: an unknown one is an error.

import * as z from 'zod';
import { sparsitySchema, trainingSchema } from './fit-schema.js';
import { discoverySchema } from './discovery.js';
import { imageModality, seriesModality } from './array-keys.js';
import { adjustSchema, preparationKeys } from './preparation.js';
import { subjectIdSchema } from './subject-id.js';
import { modalityName, nameList, tableKeys } from './tables.js';

const wholeNumber = (min: number, max: number) => z.int().min(min).max(max);
const seed = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const latentKeys = { latents: wholeNumber(1, 256), exogenous: wholeNumber(1, 256).default(1) };

const tableModalitySchema = z.strictObject({
  ...tableKeys,
  /** true: skewed positive columns are logged; a list: these columns are. */
  log: z.union([z.boolean(), nameList], { error: 'must be true, false or a list of columns' }).default(false),
  ...preparationKeys,
  ...latentKeys,
});

const modalitySchema = z.union(
  [tableModalitySchema, imageModality.extend(latentKeys), seriesModality.extend(latentKeys)],
  { error: 'must have one of table, images and series' },
);

const partSize = (min: number) =>
  z
    .number()
    .min(min)
    .refine((size) => size < 1 || Number.isSafeInteger(size), {
      error: 'must be a share below 1 or a whole number of subjects',
    });

/** A share of the subjects below 1, or a number of subjects from 1 on. */
const splitSchema = z.strictObject({
  validation: partSize(Number.MIN_VALUE).default(0.1),
  test: partSize(0).default(0.1),
  seed: seed.default(0),
});

export const studySchema = z.strictObject({
  study: z.string().min(1),
  id: subjectIdSchema,
  /**
   * The column that says which rows belong together (windows of a recording, visits, siblings), in the table of one
   * modality or more. Rows of a group stand in one part.
   */
  group: z.string().min(1).optional(),
  /**
   * keep: a subject needs one value in one modality; drop: a subject needs every value of every modality. Not the codes
   * of missing values, which stand in a modality.
   */
  missing: z.enum(['keep', 'drop']).default('keep'),
  modalities: z.record(modalityName, modalitySchema),
  /**
   * Latents that several modalities observe: the last `latents` ones of each of `modalities` (all of them when left
   * out), counted in their `latents`. They come before all others in the causal order.
   */
  shared: z.strictObject({ latents: wholeNumber(1, 256), modalities: nameList.optional() }).optional(),
  /** Covariates whose effect, as in the training split, is taken out of every modality. */
  adjust: adjustSchema.optional(),
  split: splitSchema.prefault({}),
  training: trainingSchema.prefault({}),
  sparsity: sparsitySchema.prefault({}),
  /** What `study run` does after the fit. */
  discovery: discoverySchema.prefault({}),
});

export type StudyConfig = z.output<typeof studySchema>;
export type ModalityConfig = z.output<typeof modalitySchema>;
export type TableModalityConfig = z.output<typeof tableModalitySchema>;
