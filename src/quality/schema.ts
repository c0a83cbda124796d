// The quality of a fit in run.json: shares of variance in training and held-out subjects, the results of linear methods
// with the same number of dimensions, and warnings.

import * as z from 'zod';
import { LINEAR_METHODS } from '../linear/index.js';
import { SUBSPACE_KINDS } from '../networks/subspace-kinds.js';

const count = z.int().min(0);
/** 1 − Σ residual² / Σ total² over all columns and subjects; null if it is not defined. */
const share = z.number().nullable();
const shares = z.object({ train: share, heldOut: share });

const warningSchema = z.object({
  code: z.string(),
  text: z.string(),
  /** The cases that the text applies to; left out if the text names them. */
  items: z.array(z.string()).readonly().optional(),
});

/**
 * A warning about a fit, with a code for programs and a text for people. A fit has at most one warning with each code.
 */
export type Warning = z.infer<typeof warningSchema>;

export const figuresSchema = z.object({
  /** Number of training subjects in the figures, evenly spread over all. */
  train: count,
  /** Number of training subjects in linear methods, if smaller. */
  linearTrain: count.optional(),
  /** Held-out subjects. `measured`: number of them in the figures, if smaller. */
  heldOut: z.object({ split: z.enum(['test', 'validation']), subjects: count, measured: count.optional() }),
  modalities: z
    .array(
      z.object({
        name: z.string(),
        /** Number of subjects with this modality and another one; left out if all have both. */
        both: z.object({ train: count, heldOut: count }).optional(),
        /** Explained variance of its columns, by its decoder from its latents and exogenous variables. */
        reconstruction: shares,
        /** Explained variance of all other columns, from its latents by least squares on training subjects. */
        prediction: shares.extend({
          /** Share of shuffles of the held-out subjects (or groups of repetitions) that are predicted as well. */
          p: z.number().min(0).max(1),
        }),
        /**
         * The same for linear methods with the same number of dimensions, the best held-out one first; may be empty.
         */
        linear: z
          .array(
            z.object({ method: z.enum(LINEAR_METHODS), setting: z.record(z.string(), z.number()), ...shares.shape }),
          )
          .readonly(),
      }),
    )
    .readonly(),
  /** Columns with a held-out value far outside the training data, the furthest first. */
  outliers: z
    .array(
      z.object({
        modality: z.string(),
        column: z.string(),
        split: z.enum(['test', 'validation']),
        /** Distance from the training mean, in training standard deviations. */
        sd: z.number(),
      }),
    )
    .readonly(),
});

const heldOutSharesSchema = z.object({
  /** Explained variance of the columns of the modality, by its decoder. */
  reconstruction: share,
  /** Explained variance of all other columns, from its latents by kernel ridge regression on training subjects. */
  prediction: share,
  /** Explained variance of all other columns by least squares. */
  straight: share,
});

/** The subspaces of the components, and the compared shares in validation subjects by modality. */
export const subspaceChoiceSchema = z.object({
  chosen: z.enum(SUBSPACE_KINDS),
  /** Number of evenly spread training subjects in the linear maps, if smaller than all. */
  linearTrain: count.optional(),
  /** Left out if there was no choice. */
  compared: z
    .object({
      network: z.array(heldOutSharesSchema).readonly(),
      linear: z.array(heldOutSharesSchema).readonly(),
      /** Left out if there was no network in addition to the linear map. */
      residual: z.array(heldOutSharesSchema).readonly().optional(),
    })
    .optional(),
});

/** Association of a latent of counts with the total of a subject's counts. */
const librarySizeSchema = z.object({
  modality: z.string(),
  latent: z.string(),
  /** Spearman's ρ with the logarithm of the total, and its 95 % interval. */
  correlation: z.number(),
  interval: z.tuple([z.number(), z.number()]).readonly(),
  /** True if the latents of each subject come from a model that was not trained on it. */
  isOutOfFold: z.boolean(),
  /** Number of subjects, or groups of repetitions, with both. */
  subjects: count,
});

export const qualitySchema = figuresSchema.extend({
  /** Left out if no modality has counts. */
  librarySizes: z.array(librarySizeSchema).readonly().optional(),
  warnings: z.array(warningSchema).readonly(),
});

export type LibrarySize = z.infer<typeof librarySizeSchema>;

export type QualityFigures = z.infer<typeof figuresSchema>;
export type ModalityQuality = QualityFigures['modalities'][number];
export type Quality = z.infer<typeof qualitySchema>;
export type HeldOutShares = z.infer<typeof heldOutSharesSchema>;
export type SubspaceChoice = z.infer<typeof subspaceChoiceSchema>;
