// How good a fitted model is, measured after the fit: figures and the warnings of settings and figures together.

import type { Dataset } from '../data/dataset.js';
import { Inference } from '../inference/inference.js';
import { measureQuality, qualityWarnings, type ModelReading, type Quality } from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { FittedModel } from './fit.js';
import { fitWarnings } from './fit-warnings.js';
import { selectRows } from './select-rows.js';

/** @throws DeviceError; the signal's reason */
export async function fitQuality(
  dataset: Dataset,
  { model, parameters, config }: Pick<FittedModel, 'model' | 'parameters' | 'config'>,
  { signal, ...options }: ProgramOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Quality> {
  const inference = new Inference(model, 1, parameters, options);
  const read = async (rows: Int32Array): Promise<ModelReading> => {
    const values = dataset.modalities.map((m) => selectRows(m.values, m.columns.length, rows));
    const [latents] = await inference.encode(values, rows.length);
    const [reconstruction] = await inference.reconstruct(values, rows.length);
    const table = (all: Float32Array) => ({ values: all, rows: rows.length, columns: all.length / rows.length });
    return { latents: table(latents), reconstruction: table(reconstruction) };
  };
  try {
    const figures = await measureQuality(dataset, read, signal);
    return { ...figures, warnings: [...fitWarnings(dataset, config), ...qualityWarnings(figures)] };
  } finally {
    await inference.dispose();
  }
}
