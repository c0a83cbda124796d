// A closer look at a fitted model than latents: posteriors of z and η, the noises ε behind z, and what the decoders do
// when one latent moves and all others stay. Reports are made of it.

import type { ObservedValues } from '../data/dataset.js';
import type { ModelConfig } from '../models/multimodal.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { ParameterValues } from './batch-program.js';
import { ModelParts } from './model-parts.js';
import { posteriors, type Posteriors } from './posteriors.js';
import { traverse, type Traversals } from './traversal.js';

/** Every subject's posterior. `width` is Σ (latents + exogenous): modality after modality, each z before η. */
export interface Examination extends Omit<Posteriors, 'v' | 'having'>, Traversals {
  readonly rows: number;
  readonly width: number;
}

const BATCH = 512;

/**
 * @param parameters of one run
 * @param values per modality in the study's order, rows × columns, standardised as in training
 */
export async function examine(
  config: ModelConfig,
  parameters: ParameterValues,
  values: readonly ObservedValues[],
  rows: number,
  options: ProgramOptions = {},
): Promise<Examination> {
  const parts = ModelParts.load(config, parameters, Math.min(BATCH, rows), options);
  try {
    const posterior = await posteriors(parts, values, rows);
    const { steps, traversals } = await traverse(parts, parameters, posterior);
    const { mean, variance, epsilon, reconstruction } = posterior;
    return { rows, width: parts.width, mean, variance, epsilon, reconstruction, steps, traversals };
  } finally {
    await parts.dispose();
  }
}
