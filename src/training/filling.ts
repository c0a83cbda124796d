// Decides whether the decoder fills in missing values before they are encoded. Without noise, filling finds the latents
// better than the encoder's first answer. With noisy columns, the encoder takes the filled values for observations.
// Validation subjects decide, by cells that are hidden from the encoder.

import type { Dataset, ObservedValues } from '../data/dataset.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { observationOf } from '../data/observation.js';
import { selectSubjects } from '../data/select-rows.js';
import { Inference, type ParameterValues } from '../inference/inference.js';
import type { ModelConfig } from '../networks/multimodal.js';
import { seedKey, uniforms } from '../random/streams.js';
import type { ProgramOptions } from '../runtime/program.js';

/**
 * Compared numbers of passes. The error shrinks by the missing share per pass: with a third missing, below 10⁻³ in
 * eight.
 */
const PASSES = [0, 2, 8];
/** Share of the observed cells that are hidden. */
const HIDDEN = 0.2;
const MAX_SUBJECTS = 2048;
/** First random stream of the hidden cells, far from the streams of noise, order and draws. */
const HIDE_STREAM = 0x60000;

/**
 * Returns the number of passes whose reconstructions are nearest to the hidden cells of validation subjects.
 * @param parameters parameters of one restart
 * @throws DeviceError
 */
export async function choosePasses(
  { modalities, split }: Dataset,
  model: ModelConfig,
  parameters: ParameterValues,
  options: ProgramOptions,
): Promise<number> {
  if (!modalities.some((modality) => observationOf(modality).masked)) return 0;
  const rows = split.validation.subarray(0, MAX_SUBJECTS);
  const known = modalities.map((modality) => selectSubjects(modality, valuesPerSubject(modality), rows));
  const hidden = known.map(hide);
  const errors: number[] = [];
  for (const filling of PASSES) {
    const inference = new Inference({ ...model, filling }, 1, parameters, options);
    try {
      const [rebuilt] = await inference.reconstruct(hidden, rows.length);
      errors.push(squaredError(known, hidden, rebuilt, rows.length));
    } finally {
      await inference.dispose();
    }
  }
  return PASSES[errors.indexOf(Math.min(...errors))];
}

/** Hides some observed cells of a modality. A modality without missing cells stays as it is. */
function hide({ values, observed }: ObservedValues, modality: number): ObservedValues {
  if (!observed) return { values };
  const draws = uniforms(seedKey(0), HIDE_STREAM + modality, 0, values.length);
  const remaining = observed.map((mark, at) => (draws[at] < HIDDEN ? 0 : mark));
  return { values: values.map((value, at) => value * remaining[at]), observed: remaining };
}

/** Returns the squared error over the hidden cells. @param rebuilt rows × Σ columns */
function squaredError(
  known: readonly ObservedValues[],
  hidden: readonly ObservedValues[],
  rebuilt: Float32Array,
  rows: number,
): number {
  let sum = 0;
  let first = 0;
  const width = rebuilt.length / rows;
  known.forEach(({ values, observed }, m) => {
    const columns = values.length / rows;
    for (let at = 0; observed && at < values.length; at++) {
      if (observed[at] === 0 || hidden[m].observed?.[at] === 1) continue;
      const row = Math.floor(at / columns);
      sum += (values[at] - rebuilt[row * width + first + (at - row * columns)]) ** 2;
    }
    first += columns;
  });
  return sum;
}
