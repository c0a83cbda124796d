// The key `augment` of a study file and of a saved model: random changes of images and series during the training of
// encoders. Latents then carry no information about them. They are drawn again for every subject and step.

import * as z from 'zod';

/** A field that is left out changes nothing. */
export const augmentationSchema = z.strictObject({
  /** Images only, with probability 1/2. */
  flip: z.boolean().optional().describe('`true`: mirrors half of the images left to right. Default: false.'),
  /** Cyclic. */
  shift: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe('Maximum shift in every direction, in pixels or steps. Default: none.'),
  /** Up to this is added to all channels alike, and up to half of it to each channel. */
  brightness: z
    .number()
    .positive()
    .max(10)
    .optional()
    .describe('Maximum value that is added, in standard deviations of a channel. Default: none.'),
  /** Distance of the factor from 1: up to this for all channels alike, and up to half of it for each channel. */
  contrast: z
    .number()
    .positive()
    .max(0.9)
    .optional()
    .describe('Values are multiplied by a factor between 1 − contrast and 1 + contrast. Default: none.'),
});

export type Augmentation = Readonly<z.output<typeof augmentationSchema>>;
