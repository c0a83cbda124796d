// What encoders of a modality are to say nothing of: the key `augment` of a study file, and of a saved model.

import * as z from 'zod';

export const augmentationSchema = z.strictObject({
  /** Mirrored left and right; of images. */
  flip: z.boolean().optional(),
  /** Pixels or steps. */
  shift: z.int().min(1).max(1024).optional(),
  /** Standard deviations of a channel. */
  brightness: z.number().positive().max(10).optional(),
  contrast: z.number().positive().max(0.9).optional(),
});
