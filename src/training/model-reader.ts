// Reads latents and reconstructions of rows of a data set, for the measurement of quality.

import type { Dataset } from '../data/dataset.js';
import { Inference, type ParameterValues } from '../inference/inference.js';
import type { ModelConfig } from '../networks/multimodal.js';
import type { ModelReading } from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';

/**
 * Calls `work` with a function that reads rows.
 * @param parameters parameters of one restart
 * @throws DeviceError; what `work` throws
 */
export async function withModelReader<T>(
  dataset: Dataset,
  { model, parameters }: { readonly model: ModelConfig; readonly parameters: ParameterValues },
  options: ProgramOptions,
  work: (read: (rows: Int32Array) => Promise<ModelReading>) => Promise<T>,
): Promise<T> {
  const inference = new Inference(model, 1, parameters, options);
  try {
    return await work(async (rows) => {
      const [latents] = await inference.encode(dataset.modalities, rows);
      const [reconstruction] = await inference.reconstruct(dataset.modalities, rows);
      const table = (all: Float32Array) => ({ values: all, rows: rows.length, columns: all.length / rows.length });
      return { latents: table(latents), reconstruction: table(reconstruction) };
    });
  } finally {
    await inference.dispose();
  }
}
