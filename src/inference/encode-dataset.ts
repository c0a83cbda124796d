// Encodes a whole data set once with a model of one run.

import type { Dataset } from '../data/dataset.js';
import type { ModelConfig } from '../networks/multimodal.js';
import type { ProgramOptions } from '../runtime/program.js';
import { Inference, type ParameterValues } from './inference.js';

/**
 * Returns the posterior means of every subject, subjects × D.
 * @param parameters parameters of one run
 * @throws what `Inference.encode` throws
 */
export async function encodeDataset(
  { modalities, ids }: Dataset,
  model: ModelConfig,
  parameters: ParameterValues,
  options: ProgramOptions,
): Promise<Float32Array> {
  const inference = new Inference(model, 1, parameters, options);
  try {
    const [latents] = await inference.encode(modalities, ids.length);
    return latents;
  } finally {
    await inference.dispose();
  }
}
