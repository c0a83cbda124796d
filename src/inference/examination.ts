// Detailed outputs of a fitted model for reports: posteriors of z and η, the noises ε of z, and the change of the
// decoder outputs when one latent moves and all other latents stay.

import type { ObservedValues } from '../data/dataset.js';
import { consecutive } from '../data/select-rows.js';
import type { ModelConfig } from '../networks/multimodal.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { ParameterValues } from './batch-program.js';
import { rebuildFromLatents, type LatentsAlone } from './latents-alone.js';
import { ModelParts } from './model-parts.js';
import { posteriors, type Posteriors } from './posteriors.js';
import { traverse, type Traversals } from './traversal.js';

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
