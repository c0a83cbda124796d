// A closer look at a fitted model than latents: posteriors of z and η, the noises ε behind z, and what the decoders do
// when one latent moves and all others stay. Reports are made of it.

import type { ObservedValues } from '../data/dataset.js';
import { consecutive } from '../data/select-rows.js';
import type { ModelConfig } from '../models/multimodal.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { ParameterValues } from './batch-program.js';
import { rebuildFromLatents, type LatentsAlone } from './latents-alone.js';
import { ModelParts } from './model-parts.js';
import { posteriors, type Posteriors } from './posteriors.js';
import { traverse, type Traversals } from './traversal.js';

/** Every subject's posterior. `width` is Σ (latents + exogenous): modality after modality, each z before η. */
export interface Examination extends Omit<Posteriors, 'v' | 'having'>, Traversals {
  readonly rows: number;
  readonly width: number;
  /** Of those who were asked for. */
  readonly latentsAlone?: LatentsAlone;
}

export interface ExaminationOptions extends ProgramOptions {
  /** Rows that are rebuilt from their latents alone. */
  readonly latentsAlone?: Int32Array | undefined;
}

/** As many as a traversal follows: its decoders answer no row in vain. */
const BATCH = 256;

/**
 * @param parameters of one run
 * @param values per modality in the study's order, rows × columns, standardised as in training
 */
export async function examine(
  config: ModelConfig,
  parameters: ParameterValues,
  values: readonly ObservedValues[],
  rows: number,
  { latentsAlone, ...options }: ExaminationOptions = {},
): Promise<Examination> {
  const parts = ModelParts.load(config, parameters, Math.min(BATCH, rows), options);
  try {
    const posterior = await posteriors(parts, values, consecutive(0, rows));
    const { steps, traversals } = await traverse(parts, parameters, posterior);
    const { mean, variance, epsilon, reconstruction } = posterior;
    const alone = latentsAlone && (await rebuildFromLatents(parts, posterior, latentsAlone));
    return {
      ...{ rows, width: parts.width, mean, variance, epsilon, reconstruction, steps, traversals },
      ...(alone && { latentsAlone: alone }),
    };
  } finally {
    await parts.dispose();
  }
}
