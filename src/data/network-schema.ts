// The key `network` of a study file and of a saved model: the network that reads a modality.

import * as z from 'zod';
import { NETWORK_DENSE, NETWORK_KINDS, WEIGHT_TRAINING, type NetworkKind } from './network.js';
import { ARRAY_KINDS } from './regular-array.js';
import { RESIDUAL_WIDTHS, STEMS } from '../nn/residual.js';

const units = z.int().min(1).max(4096);

const keys = {
  widths: z
    .array(units)
    .min(1)
    .max(12)
    .readonly()
    .optional()
    .describe(
      'Number of channels of each layer or stage, or number of units of each recurrent layer. Default: by the size ' +
        'of the images or series.',
    ),
  dense: units.optional().describe(`Number of units of the last hidden layer. Default: ${NETWORK_DENSE}.`),
};

const residualKeys = {
  stem: z
    .enum(STEMS)
    .optional()
    .describe(
      'First layers of resnet18. `small`: 3 × 3 taps, for images of at least 8 pixels. `large`: 7 × 7 taps at every ' +
        'second pixel and a maximum pool, for images of at least 32 pixels. Default: that of the weights; without ' +
        'weights, `large` for images of at least 128 pixels.',
    ),
  train: z
    .enum(WEIGHT_TRAINING)
    .optional()
    .describe(
      '`frozen`: the weights of the file do not change; only the last layers are trained. `tuned`: all weights are ' +
        'trained. Default: `frozen`.',
    ),
};

const numbers = z.array(z.number()).min(1).readonly();

/** The network of a modality of a saved model. */
export const networkSchema = z.strictObject({
  kind: z.enum(NETWORK_KINDS),
  ...keys,
  ...residualKeys,
  weights: z.strictObject({ sha256: z.string(), gain: numbers, bias: numbers }).optional(),
});

/** Returns the key `network` of a study file with some kinds of networks. */
export function networkOf(kinds: readonly [NetworkKind, ...NetworkKind[]]) {
  return z.strictObject({ kind: z.enum(kinds).describe('Kind of network.'), ...keys }).optional();
}

/** The key `network` of a modality of images. */
export const imageNetwork = z
  .strictObject({
    kind: z.enum(ARRAY_KINDS.image.networks).describe('Kind of network.'),
    ...keys,
    ...residualKeys,
    weights: z
      .string()
      .min(1)
      .optional()
      .describe('File of safetensors with weights from which resnet18 starts. Default: random weights.'),
  })
  .optional();

export type ImageNetwork = NonNullable<z.output<typeof imageNetwork>>;

/** Returns what is wrong with the combination of keys, if anything. */
export function imageNetworkProblem({ kind, widths, stem, train, weights }: ImageNetwork): string | undefined {
  if (kind !== 'resnet18' && (stem ?? train ?? weights) !== undefined) {
    return 'has keys of resnet18 (stem, weights, train); leave them out, or write kind: resnet18';
  }
  if (train !== undefined && weights === undefined) return 'says how to train weights of a file, but names no weights';
  if (kind === 'resnet18' && widths && widths.length !== RESIDUAL_WIDTHS.length) {
    return `has ${widths.length} widths; resnet18 has four stages`;
  }
  return undefined;
}
