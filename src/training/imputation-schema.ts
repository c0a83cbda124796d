// Schema of `imputation` in run.json: the weights of the decoder and of a Gaussian over all columns in an imputed cell,
// and the error of the two together. The moments of the Gaussian are among the weights of the model.

import * as z from 'zod';

/** The Gaussian's tensors, `[1, columns]` and `[1, columns, columns]`, over the measured columns of all modalities. */
export const IMPUTATION_MEAN = 'imputation.mean';
export const IMPUTATION_COVARIANCE = 'imputation.covariance';

const mixSchema = z.object({
  /** Weight of the Gaussian's answer; the decoder has the remaining weight. */
  weight: z.number().min(0).max(1),
  /** R² of hidden cells of validation subjects, relative to the Gaussian's means. */
  r2: z.object({ decoder: z.number(), gaussian: z.number(), both: z.number() }),
  /** By measured column of the modality: root mean square error of these cells, in the Gaussian's conditional sds. */
  spread: z.array(z.number().min(0)).readonly(),
});

export const imputationSchema = z.object({
  /** Shrinkage of the Gaussian's covariance towards its diagonal. */
  shrinkage: z.number().min(0).max(1),
  /** An entry is left out if validation subjects are too few to choose it: then the decoder answers alone. */
  modalities: z
    .array(
      z.object({
        /** Weights for single missing cells. */
        cells: mixSchema.optional(),
        /** Weights for a missing modality. */
        whole: mixSchema.optional(),
      }),
    )
    .readonly(),
});

export type Mix = z.infer<typeof mixSchema>;
export type Imputation = z.infer<typeof imputationSchema>;
