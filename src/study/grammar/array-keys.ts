// Keys of modalities of regular arrays, by kind.

import type * as z from 'zod';
import { ARRAY_KIND_NAMES, ARRAY_KINDS, type ArrayKind } from '../../data/regular-array.js';
import { imageKeys, imageModality } from './image-keys.js';
import type { ArrayKeys } from './modality-keys.js';
import { seriesKeys, seriesModality } from './series-keys.js';

const MODALITIES = { image: imageModality, series: seriesModality } satisfies Record<ArrayKind, z.ZodType>;

export const ARRAY_MODALITIES = ARRAY_KIND_NAMES.map((kind) => MODALITIES[kind]);

/** Modalities in a study file, by kind. */
export type ArrayConfigs = { readonly [Kind in ArrayKind]: z.output<(typeof MODALITIES)[Kind]> };
export type ArrayConfig = ArrayConfigs[ArrayKind];

const KEYS: { readonly [Kind in ArrayKind]: (config: ArrayConfigs[Kind]) => ArrayKeys } = {
  image: imageKeys,
  series: seriesKeys,
};

export function kindOf(config: ArrayConfig): ArrayKind {
  return ARRAY_KIND_NAMES.find((kind) => ARRAY_KINDS[kind].plural in config)!;
}

/** Returns what the keys of a modality say. */
export function arrayKeysOf(config: ArrayConfig): ArrayKeys {
  return keysOfKind(kindOf(config), config);
}

function keysOfKind<Kind extends ArrayKind>(kind: Kind, config: ArrayConfigs[Kind]): ArrayKeys {
  return KEYS[kind](config);
}

/** Returns what is wrong with the combination of keys, and where in the modality; undefined if nothing is wrong. */
export function arrayProblem(
  config: ArrayConfig,
  { isAdjusted, hasBatch }: { readonly isAdjusted: boolean; readonly hasBatch: boolean },
): ArrayKeys['wrong'] {
  const { latents, shiftInvariant = 0 } = config;
  if (isAdjusted) {
    const problem = 'excludes adjust, which removes covariates from the columns of tables; leave one of them out';
    return { at: [ARRAY_KINDS[kindOf(config)].plural], problem };
  }
  if (hasBatch) {
    const problem =
      "excludes the study's batch, which changes columns of tables; write batch in the modalities of tables";
    return { at: [ARRAY_KINDS[kindOf(config)].plural], problem };
  }
  if (shiftInvariant > latents) return { at: ['shiftInvariant'], problem: `is above latents, ${latents}` };
  return arrayKeysOf(config).wrong;
}
