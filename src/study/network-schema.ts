// Which network reads a modality: the key `network` of a study file, and of a saved model.

import * as z from 'zod';
import { NETWORK_KINDS, WEIGHT_TRAINING, type NetworkKind } from '../data/network.js';
import { RESIDUAL_WIDTHS, STEMS } from '../nn/residual.js';

const units = z.int().min(1).max(4096);

const keys = {
  /** Channels of each layer or stage, or units of each recurrent layer. Default: by the size of what is read. */
  widths: z.array(units).min(1).max(12).readonly().optional(),
  /** Units of the last hidden layer. Default: 128. */
  dense: units.optional(),
};

const residualKeys = {
  /** How resnet18 begins. Default: by the weights, or else by the size of the images. */
  stem: z.enum(STEMS).optional(),
  /** What becomes of the weights. Default: frozen. */
  train: z.enum(WEIGHT_TRAINING).optional(),
};

const numbers = z.array(z.number()).min(1).readonly();

/** Of a saved model. */
export const networkSchema = z.strictObject({
  kind: z.enum(NETWORK_KINDS),
  ...keys,
  ...residualKeys,
  weights: z.strictObject({ sha256: z.string(), gain: numbers, bias: numbers }).optional(),
});

/** Of a study file, one of these kinds. */
export function networkOf(kinds: readonly [NetworkKind, ...NetworkKind[]]) {
  return z.strictObject({ kind: z.enum(kinds), ...keys }).optional();
}

/** Of a study file, for images. */
export const imageNetwork = z
  .strictObject({
    /** conv, resnet18, or mlp. */
    kind: z.enum(['conv', 'resnet18', 'mlp']),
    ...keys,
    ...residualKeys,
    /** A file of safetensors that resnet18 begins with. */
    weights: z.string().min(1).optional(),
  })
  .optional();

export type ImageNetwork = NonNullable<z.output<typeof imageNetwork>>;

/** What is wrong with the keys together. */
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
