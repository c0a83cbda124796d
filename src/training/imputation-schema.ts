// What run.json says of imputation: how much of an imputed cell is the decoder's answer and how much that of a Gaussian
// over all columns, and how far off they are together. Moments of the Gaussian stand among the weights.

import * as z from 'zod';

/** The Gaussian's tensors, `[1, columns]` and `[1, columns, columns]`, over the measured columns of all modalities. */
export const IMPUTATION_MEAN = 'imputation.mean';
export const IMPUTATION_COVARIANCE = 'imputation.covariance';

const mixSchema = z.object({
  /** Of the Gaussian's answer; the rest is the decoder's. */
  weight: z.number().min(0).max(1),
  /** R² of cells that were hidden from validation subjects, about the Gaussian's means. */
  r2: z.object({ decoder: z.number(), gaussian: z.number(), both: z.number() }),
  /** By measured column of the modality: root mean square of these cells' errors, in the Gaussian's conditional sds. */
  spread: z.array(z.number().min(0)).readonly(),
});

export const imputationSchema = z.object({
  /** Of the Gaussian's covariance towards its diagonal. */
  shrinkage: z.number().min(0).max(1),
  /** Left out where validation subjects cannot say: then the decoder answers alone. */
  modalities: z
    .array(
      z.object({
        /** Single cells of a modality that a subject has. */
        cells: mixSchema.optional(),
        /** A modality that a subject lacks. */
        whole: mixSchema.optional(),
      }),
    )
    .readonly(),
});

export type Mix = z.infer<typeof mixSchema>;
export type Imputation = z.infer<typeof imputationSchema>;
