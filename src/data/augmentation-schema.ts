// The key `augment` of a study file and of a saved model: random changes of images and series during training.

import * as z from 'zod';

export const augmentationSchema = z.strictObject({
  flip: z.boolean().optional().describe('`true`: mirrors half of the images left to right. Default: false.'),
  shift: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe('Maximum shift in every direction, in pixels or steps. Default: none.'),
  brightness: z
    .number()
    .positive()
    .max(10)
    .optional()
    .describe('Maximum value that is added, in standard deviations of a channel. Default: none.'),
  contrast: z
    .number()
    .positive()
    .max(0.9)
    .optional()
    .describe('Values are multiplied by a factor between 1 − contrast and 1 + contrast. Default: none.'),
});
