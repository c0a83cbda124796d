// Detailed outputs of a fitted model for reports: posteriors of z and η, the noises ε of z, and the change of the
// decoder outputs when one latent moves and all other latents stay.

import type { ObservedValues } from '../data/dataset.js';
import { consecutive } from '../data/select-rows.js';
import type { ModelConfig } from '../networks/multimodal.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { ParameterValues } from './batch-program.js';
import { ModelParts } from './model-parts.js';
import { posteriors, type Posteriors, transpose } from './posteriors.js';
import { traverse, type Traversals } from './traversal.js';
import { splitByModality } from '../networks/layout.js';

/** Posteriors of all subjects. `width` is Σ (latents + exogenous): modalities in sequence, each z before η. */
export interface Examination extends Omit<Posteriors, 'v' | 'having'>, Traversals {
  readonly rows: number;
  readonly width: number;
  /** Reconstructions from the latents alone, for the requested rows. */
  readonly latentsAlone?: LatentsAlone;
}

export interface ExaminationOptions extends ProgramOptions {
  /** Rows to reconstruct from their latents alone. */
  readonly latentsAlone?: Int32Array | undefined;
  /** Terms of observed causes, rows × T. Default: the reference. */
  readonly causes?: Float32Array | undefined;
}

/** Batch size. It is the number of subjects in a traversal, so that no row of a batch is wasted. */
const BATCH = 256;

/**
 * Computes posteriors, traversals, and reconstructions from latents alone.
 * @param parameters parameters of one run
 * @param values per modality in the study's order, rows × columns, standardised as in training
 */
export async function examine(
  config: ModelConfig,
  parameters: ParameterValues,
  values: readonly ObservedValues[],
  rows: number,
  { latentsAlone, causes, ...options }: ExaminationOptions = {},
): Promise<Examination> {
  const parts = ModelParts.load(config, parameters, Math.min(BATCH, rows), options);
  try {
    const posterior = await posteriors(parts, values, consecutive(0, rows), { causes });
    const { steps, traversals } = await traverse(parts, parameters, posterior);
    const { mean, variance, epsilon, reconstruction } = posterior;
    const alone = latentsAlone && (await rebuildFromLatents(parts, posterior, latentsAlone));
    return {
      rows,
      width: parts.width,
      mean,
      variance,
      epsilon,
      reconstruction,
      steps,
      traversals,
      ...(alone && { latentsAlone: alone }),
    };
  } finally {
    await parts.dispose();
  }
}

/** Reconstructions of some subjects, in the order of `rows`. */
export interface LatentsAlone {
  readonly rows: Int32Array;
  /** x̂, standardised, rows × Σ columns. */
  readonly reconstruction: Float32Array;
}

/** Returns x̂ from the latents z alone: the exogenous variables η are at their means over the subjects. */
async function rebuildFromLatents(
  parts: ModelParts,
  { v, having }: Pick<Posteriors, 'v' | 'having'>,
  rows: Int32Array,
): Promise<LatentsAlone> {
  const { layout, width, batch } = parts;
  const noises = noiseMeans({ v, having }, layout.modalities, width);
  const reconstruction = new Float32Array(rows.length * layout.values);
  for (let start = 0; start < rows.length; start += batch) {
    const some = rows.subarray(start, start + batch);
    const inputs = new Float32Array(batch * width);
    some.forEach((row, i) => {
      inputs.set(v.subarray(row * width, (row + 1) * width), i * width);
      for (const [entry, mean] of noises) inputs[i * width + entry] = mean;
    });
    const { x } = await parts.decode(splitByModality(layout, inputs, batch));
    transpose(x, batch, some.length, reconstruction, start, layout.values);
  }
  return { rows, reconstruction };
}

/** Returns the entries of η and their means over the subjects who have the modality. */
function noiseMeans(
  { v, having }: Pick<Posteriors, 'v' | 'having'>,
  modalities: ModelParts['layout']['modalities'],
  width: number,
): [number, number][] {
  let next = 0;
  return modalities.flatMap(({ latents, exogenous }, m) => {
    const first = next + latents;
    next = first + exogenous;
    return Array.from({ length: exogenous }, (_, k): [number, number] => {
      const sum = having[m].reduce((total, row) => total + v[row * width + first + k], 0);
      return [first + k, sum / Math.max(1, having[m].length)];
    });
  });
}
