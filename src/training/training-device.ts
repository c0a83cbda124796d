// The device of a fit. Without a requested precision, a GPU computes convolutions in TF32, and the rest in float32.

import type { Dataset } from '../data/dataset.js';
import type { NetworkKind } from '../data/network.js';
import { networksFor } from '../data/observation.js';
import {
  chooseDevice,
  withPrecision,
  type ChosenDevice,
  type DeviceName,
  type MatmulPrecision,
} from '../runtime/device.js';

const OF_CONVOLUTIONS: ReadonlySet<NetworkKind> = new Set(['conv', 'resnet18', 'conv1d']);

/** Returns the precision of a CUDA device that trains models of a data set, if none is requested. PyTorch has the same default. */
export function defaultPrecision({ modalities }: Pick<Dataset, 'modalities'>): MatmulPrecision {
  const convolves = modalities.some(({ regularArray, network }) =>
    OF_CONVOLUTIONS.has(network?.kind ?? networksFor(regularArray?.kind ?? 'table')[0]),
  );
  return convolves ? 'tf32-convolutions' : 'float32';
}

/**
 * Returns the device that trains models of a data set, and why it was chosen.
 * @param requested default: the CPU
 * @param precision default: on CUDA that of `defaultPrecision`, otherwise float32
 * @throws the errors of `chooseDevice`
 */
export async function trainingDevice(
  dataset: Pick<Dataset, 'modalities'>,
  requested: DeviceName | undefined,
  precision?: MatmulPrecision,
): Promise<ChosenDevice> {
  const chosen = await chooseDevice(requested, precision);
  return precision === undefined ? withPrecision(chosen, defaultPrecision(dataset)) : chosen;
}
