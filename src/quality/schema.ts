// What run.json says of how good a fit is: shares of variance on training and on held-out subjects, what linear methods
// reach from as many numbers, and warnings.

import * as z from 'zod';
import { LINEAR_METHODS } from '../linear/index.js';
import { SUBSPACE_KINDS } from '../models/subspace-kinds.js';

const count = z.int().min(0);
/** 1 − Σ residual² / Σ total² over columns and subjects together; null where it has no value. */
const share = z.number().nullable();
const shares = z.object({ train: share, heldOut: share });

export const warningSchema = z.object({
  code: z.string(),
  text: z.string(),
  /** What the text is true of, one entry each; left out where the text says it. */
  items: z.array(z.string()).readonly().optional(),
});

/**
 * Something that a reader of a fit must know, as a code for programs and a text for people. A fit has at most one of
 * each code.
 */
export type Warning = z.infer<typeof warningSchema>;

export const figuresSchema = z.object({
  /** Training subjects that were looked at, evenly spread over all. */
  train: count,
  /** As many of them as linear methods were fitted on, where these are fewer. */
  linearTrain: count.optional(),
  /** `measured`: as many of these subjects as were looked at, where these are fewer. */
  heldOut: z.object({ split: z.enum(['test', 'validation']), subjects: count, measured: count.optional() }),
  modalities: z
    .array(
      z.object({
        name: z.string(),
        /** How many of the subjects have it and another modality; left out where all have. */
        both: z.object({ train: count, heldOut: count }).optional(),
        /** Its own columns, from its decoder's answer to its latents and private noises. */
        own: shares,
        /** Columns of all other modalities, from its latents by least squares on training subjects. */
        others: shares.extend({
          /** How often held-out subjects with shuffled latents (groups, of repetitions) are predicted as well. */
          p: z.number().min(0).max(1),
        }),
        /** The same from as many numbers as it has latents, the best on held-out subjects first; may be empty. */
        linear: z
          .array(
            z.object({ method: z.enum(LINEAR_METHODS), setting: z.record(z.string(), z.number()), ...shares.shape }),
          )
          .readonly(),
      }),
    )
    .readonly(),
  /** Columns with a value that no training subject prepares for, the furthest first. */
  outliers: z
    .array(
      z.object({
        modality: z.string(),
        column: z.string(),
        split: z.enum(['test', 'validation']),
        /** Distance from the training mean in the training split's standard deviations. */
        sd: z.number(),
      }),
    )
    .readonly(),
});

const heldOutSharesSchema = z.object({
  /** Of a modality's own columns, from its decoder. */
  own: share,
  /** Of all other modalities' columns, from its latents by kernel ridge regression on training subjects. */
  others: share,
  /** The same along straight lines: by least squares. */
  straight: share,
});

/** Which subspaces the components were found in, and by modality what was compared: shares of validation subjects. */
export const subspaceChoiceSchema = z.object({
  chosen: z.enum(SUBSPACE_KINDS),
  /** As many training subjects, evenly spread, as the linear maps are of, where these are fewer than all. */
  linearTrain: count.optional(),
  /** Left out where there was no choice. */
  compared: z
    .object({
      network: z.array(heldOutSharesSchema).readonly(),
      linear: z.array(heldOutSharesSchema).readonly(),
      /** Left out where there was no room for a network beside the linear map. */
      residual: z.array(heldOutSharesSchema).readonly().optional(),
    })
    .optional(),
});

/** A latent of counts and the total of a subject's counts. */
const librarySizeSchema = z.object({
  modality: z.string(),
  latent: z.string(),
  /** Spearman's ρ with the logarithm of the total, and its 95 % interval. */
  correlation: z.number(),
  interval: z.tuple([z.number(), z.number()]).readonly(),
  /** Whether each subject's latents are those of a model that never saw it. */
  isOutOfFold: z.boolean(),
  /** Subjects, or groups of repetitions, that have both. */
  subjects: count,
});

export const qualitySchema = figuresSchema.extend({
  /** Left out without counts. */
  librarySizes: z.array(librarySizeSchema).readonly().optional(),
  warnings: z.array(warningSchema).readonly(),
});

export type LibrarySize = z.infer<typeof librarySizeSchema>;

export type QualityFigures = z.infer<typeof figuresSchema>;
export type ModalityQuality = QualityFigures['modalities'][number];
export type Quality = z.infer<typeof qualitySchema>;
export type HeldOutShares = z.infer<typeof heldOutSharesSchema>;
export type SubspaceChoice = z.infer<typeof subspaceChoiceSchema>;
