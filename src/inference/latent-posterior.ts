// The posterior of the latents of subjects: from the encoder if a subject has the modality, otherwise from
// q(z missing | z observed, causes).

import type { ObservedValues } from '../data/dataset.js';
import { valueCount } from '../data/observation.js';
import { presenceOf } from '../data/presence.js';
import { InputError } from '../errors/errors.js';
import { latentLayout, type LatentLayout } from '../networks/layout.js';
import { MISSING_CENTRE, type MissingLatentsConfig } from '../networks/missing-latents.js';
import type { ModelConfig } from '../networks/multimodal.js';
import type { Compute, ProgramOptions } from '../runtime/program.js';
import { componentJacobians } from './component-inverse.js';
import type { Inference, ParameterValues } from './inference.js';
import { MissingSampler, type PartialLatents } from './missing-sampler.js';
import { positionsOfLatents } from './posteriors.js';

/** Means and standard deviations of all latents, subjects × D. */
export interface LatentPosterior {
  readonly mean: Float32Array;
  /** Standard deviation of the encoder's posterior, or of q(z missing | z observed). */
  readonly sd: Float32Array;
  /** By modality: 1 for subjects that have it; 0 if its latents are inferred from the other modalities. */
  readonly present: readonly Uint8Array[];
}

/** The parts of a fitted model that the latents depend on. */
export interface LatentModel {
  readonly model: ModelConfig;
  readonly missing: MissingLatentsConfig;
  /** Parameters of one run. */
  readonly parameters: ParameterValues;
  /** Returns a sampler that the caller owns. If left out, each call creates one. */
  readonly sampler?: () => MissingSampler;
}

export interface PosteriorOptions extends Compute {
  /** Terms of observed causes, on which the latents of absent modalities depend; see `PartialLatents`. */
  readonly terms?: Float32Array | undefined;
}

/**
 * Returns the posterior of the latents.
 * @param inference inference with the same model
 * @param values per modality in the study's order, rows × columns, standardised as in training
 * @throws InputError `cannot-infer` if a subject lacks a modality and the model cannot infer latents; what
 *   `Inference.posterior` throws
 */
export async function latentPosterior(
  latentModel: LatentModel,
  inference: Inference,
  values: readonly ObservedValues[],
  rows: number,
  { signal, terms, ...options }: PosteriorOptions = {},
): Promise<LatentPosterior> {
  const { model } = latentModel;
  const layout = latentLayout(model.modalities);
  const [read] = await inference.posterior(values, rows, signal);
  const encoded = encoderPosterior(latentModel, layout, read, rows);
  const present = values.map((modality, m) =>
    presenceOf({ ...modality, columns: { length: valueCount(model.modalities[m].observation) } }),
  );
  if (present.every((mask) => !mask.includes(0))) return { ...encoded, present };
  return { ...(await withMissing(latentModel, layout, encoded, { present, terms }, options)), present };
}

type Moments = Pick<LatentPosterior, 'mean' | 'sd'>;

/** Infers the latents of absent modalities from those of present ones, which do not change, and from causes. */
async function withMissing(
  { missing, parameters, sampler }: LatentModel,
  layout: LatentLayout,
  encoded: Moments,
  { present, terms }: Omit<PartialLatents, 'values'>,
  options: ProgramOptions,
): Promise<Moments> {
  if (!parameters.has(MISSING_CENTRE)) {
    throw new InputError(
      'cannot-infer',
      'Subjects lack a modality, and this model was saved by a version that could not infer latents from other ' +
        'modalities; fit it again, or leave these subjects out.',
    );
  }
  const existing = sampler?.();
  const infers = existing ?? new MissingSampler(layout, missing, parameters, options);
  try {
    const inferred = await infers.infer({ values: encoded.mean, present, terms });
    const sd = inferred.sd.map((value, at) => {
      const row = Math.floor(at / layout.latents);
      return present[layout.modalityOf[at % layout.latents]][row] === 1 ? encoded.sd[at] : value;
    });
    return { mean: inferred.mean, sd };
  } finally {
    if (!existing) await infers.dispose();
  }
}

/**
 * Returns the posterior from the encoder. Variances in a subspace are propagated through its map to first order.
 * @param read result of `Inference.posterior`
 */
function encoderPosterior(
  { model, parameters }: LatentModel,
  layout: LatentLayout,
  read: Float32Array,
  rows: number,
): Moments {
  const { latents, offsets, modalities } = layout;
  const width = (read.length / rows - latents) / 2;
  const entries = positionsOfLatents(layout);
  const jacobians = model.componentMap > 0 ? componentJacobians(parameters, layout) : undefined;
  const mean = new Float32Array(rows * latents);
  const variance = new Float64Array(rows * latents);
  for (let row = 0; row < rows; row++) {
    const values = read.subarray(row * (latents + 2 * width), (row + 1) * (latents + 2 * width));
    mean.set(values.subarray(0, latents), row * latents);
    for (const [m, { latents: d }] of modalities.entries()) {
      const at = entries[offsets[m]];
      const variances = values.subarray(latents + width + at, latents + width + at + d).map(Math.exp);
      const jacobian = jacobians?.[m](Float64Array.from(values.subarray(latents + at, latents + at + d)));
      for (let i = 0; i < d; i++) {
        variance[row * latents + offsets[m] + i] = jacobian
          ? variances.reduce((sum, value, j) => sum + jacobian[i * d + j] ** 2 * value, 0)
          : variances[i];
      }
    }
  }
  return { mean, sd: Float32Array.from(sharedVariances(model, layout, variance), Math.sqrt) };
}

/**
 * Sets the variances of shared latents. All copies of one are the mean of its copies, so the variance is that of a
 * mean.
 */
function sharedVariances({ shared }: ModelConfig, layout: LatentLayout, variance: Float64Array): Float64Array {
  if (!shared) return variance;
  const { latents, offsets, modalities } = layout;
  for (let row = 0; row < variance.length / latents; row++) {
    for (let k = 1; k <= shared.latents; k++) {
      const copies = shared.modalities.map((m) => row * latents + offsets[m] + modalities[m].latents - k);
      const total = copies.reduce((sum, at) => sum + variance[at], 0);
      for (const at of copies) variance[at] = total / copies.length ** 2;
    }
  }
  return variance;
}
