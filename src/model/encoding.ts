// Reads and encodes subjects. The code, mostly networks, graphs and their compiler, is loaded with the first model and
// not when the package is imported.

import { ModelLatents } from '../inference/model-latents.js';
import type { ParameterValues } from '../inference/inference.js';
import { savedGaussian } from '../questions/gaussian-answers.js';
import type { Device } from '../runtime/device.js';
import type { RunSummary } from '../training/run-folder.js';

export { rescale } from '../data/rescale.js';
export { readSubjects } from '../data/rows.js';
export { gapWarnings } from '../questions/gap-warnings.js';

/** Returns the encoders of a fitted model. */
export function newLatents(summary: RunSummary, parameters: ParameterValues, device: Device): ModelLatents {
  const { model, config: missing, columns, causes } = summary;
  const fitted = { model, missing, parameters, causes, gaussian: () => savedGaussian(parameters) };
  return new ModelLatents(fitted, columns, { threads: 1, device });
}
