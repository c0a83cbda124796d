// Keys of a modality of images or series, except those that say where its values are.

import * as z from 'zod';
import { recurrentProblem } from '../../data/network.js';
import { augmentationSchema } from '../../data/augmentation-schema.js';
import { imagesSchema } from './image-keys.js';
import { imageNetwork, imageNetworkProblem, networkOf } from '../../data/network-schema.js';
import { seriesProblem, seriesSchema } from './series-keys.js';
import { tableKeys, type StudyPath } from './tables.js';

const arrayKeys = {
  labels: tableKeys.labels,
  shiftInvariant: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe(
      'Number of latents, the last ones, that do not change when an image or a series is shifted. This is prior ' +
        'knowledge. Default: 0.',
    ),
};

const AUGMENT =
  'Random changes of the values that encoders read in training. Latents carry no information about what changes. ' +
  'Default: none.';

export const imageModality = z.strictObject({
  images: imagesSchema.describe('Location of the images: files that a table names, or an array.'),
  ...arrayKeys,
  network: imageNetwork.describe('Network that reads the images. Default: `conv`, by the size of the images.'),
  augment: augmentationSchema.optional().describe(AUGMENT),
});

export const seriesModality = z.strictObject({
  series: seriesSchema.describe('Location of the samples, and how they become rows.'),
  ...arrayKeys,
  network: networkOf(['conv1d', 'lstm', 'gru', 'mlp']).describe(
    'Network that reads the series. Default: `conv1d`, by the length of the series.',
  ),
  augment: augmentationSchema.omit({ flip: true }).optional().describe(AUGMENT),
});

type ArrayModality = (z.output<typeof imageModality> | z.output<typeof seriesModality>) & { readonly latents: number };

function networkProblem(config: ArrayModality): string | undefined {
  if (!config.network) return undefined;
  return 'images' in config ? imageNetworkProblem(config.network) : recurrentProblem(config.network);
}

/** Returns what is wrong with the combination of keys, and where in the modality; undefined if nothing is wrong. */
export function arrayProblem(
  config: ArrayModality,
  { isAdjusted }: { readonly isAdjusted: boolean },
): { readonly at: StudyPath; readonly problem: string } | undefined {
  const { latents, shiftInvariant = 0 } = config;
  if (isAdjusted) {
    const problem = 'excludes adjust, which removes covariates from the columns of tables; leave one of them out';
    return { at: ['series' in config ? 'series' : 'images'], problem };
  }
  if (shiftInvariant > latents) return { at: ['shiftInvariant'], problem: `is above latents, ${latents}` };
  const network = networkProblem(config);
  if (network) return { at: ['network'], problem: network };
  const wrong = 'series' in config ? seriesProblem(config.series) : undefined;
  return wrong && { at: ['series', wrong.key], problem: wrong.problem };
}
