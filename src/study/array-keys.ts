// What a study file says of a modality that is no table, besides where its values are.

import * as z from 'zod';
import { recurrentProblem } from '../data/network.js';
import { augmentationSchema } from './augmentation-schema.js';
import { imagesSchema } from './image-keys.js';
import { imageNetwork, imageNetworkProblem, networkOf } from './network-schema.js';
import { seriesProblem, seriesSchema } from './series-keys.js';
import { tableKeys, type StudyPath } from './tables.js';

const size = z.int().min(1);

const arrayKeys = {
  labels: tableKeys.labels,
  /** So many of the last latents do not change when an image or a series is shifted. */
  shiftInvariant: size.max(256).optional(),
};

export const imageModality = z.strictObject({
  images: imagesSchema,
  ...arrayKeys,
  /** What reads and writes the modality; left out: conv. */
  network: imageNetwork,
  augment: augmentationSchema.optional(),
});

export const seriesModality = z.strictObject({
  series: seriesSchema,
  ...arrayKeys,
  /** As of images; left out: conv1d. */
  network: networkOf(['conv1d', 'lstm', 'gru', 'mlp']),
  augment: augmentationSchema.omit({ flip: true }).optional(),
});

type ArrayModality = (z.output<typeof imageModality> | z.output<typeof seriesModality>) & { readonly latents: number };

function networkProblem(config: ArrayModality): string | undefined {
  if (!config.network) return undefined;
  return 'images' in config ? imageNetworkProblem(config.network) : recurrentProblem(config.network);
}

/** What is wrong with the keys together, and where in the modality; undefined where nothing is. */
export function arrayProblem(
  config: ArrayModality,
  { isAdjusted }: { readonly isAdjusted: boolean },
): { readonly at: StudyPath; readonly problem: string } | undefined {
  const { latents, shiftInvariant = 0 } = config;
  if (isAdjusted) {
    const problem = 'cannot stand beside adjust, which takes covariates out of the columns of tables';
    return { at: ['series' in config ? 'series' : 'images'], problem };
  }
  if (shiftInvariant > latents) return { at: ['shiftInvariant'], problem: `is above latents, ${latents}` };
  const network = networkProblem(config);
  if (network) return { at: ['network'], problem: network };
  const wrong = 'series' in config ? seriesProblem(config.series) : undefined;
  return wrong && { at: ['series', wrong.key], problem: wrong.problem };
}
