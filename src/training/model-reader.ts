// A model's answers to rows of a data set, as quality takes them.

import type { Dataset } from '../data/dataset.js';
import { valuesPerSubject } from '../data/grid.js';
import { selectSubjects } from '../data/select-rows.js';
import { Inference, type ParameterValues } from '../inference/inference.js';
import type { ModelConfig } from '../models/multimodal.js';
import type { ModelReading } from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';

/**
 * @param parameters of one run @param work is given a function that reads rows
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
      const values = dataset.modalities.map((m) => selectSubjects(m, valuesPerSubject(m), rows));
      const [latents] = await inference.encode(values, rows.length);
      const [reconstruction] = await inference.reconstruct(values, rows.length);
      const table = (all: Float32Array) => ({ values: all, rows: rows.length, columns: all.length / rows.length });
      return { latents: table(latents), reconstruction: table(reconstruction) };
    });
  } finally {
    await inference.dispose();
  }
}
