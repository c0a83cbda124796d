// The baselines of METHOD section 7, on our engine: each at several values of its decisive setting.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors.js';
import { betaVae, BETAS, concatenatedBetaVae } from './beta-vae.js';
import { causalVae, WEIGHTS } from './causal-vae.js';
import { contrastive, TEMPERATURES } from './contrastive.js';
import { trainBaseline, type BaselineRequest, type BaselineSettings } from './training.js';

export type { BaselineProgress, BaselineRequest } from './training.js';

/** Latents of all subjects for one value of the swept setting. */
export interface BaselineEstimate {
  readonly setting: string;
  /** One block per modality, or one for a method that knows no modalities; subjects × latents. */
  readonly blocks: readonly { readonly latents: number; readonly values: Float32Array }[];
}

type Baseline = (request: BaselineRequest) => Promise<BaselineEstimate[]>;

const VARIATIONAL = { batch: 512, steps: 4000, learningRate: 2e-3 } as const;
const CONTRASTIVE = { batch: 512, steps: 4000, learningRate: 1e-3 } as const;

export const BASELINES = {
  'beta-vae': baseline(betaVae, 'β', { ...VARIATIONAL, swept: BETAS }, ({ modalities }) =>
    modalities.map(({ latents, exogenous }) => latents + exogenous),
  ),
  'beta-vae-concatenated': baseline(concatenatedBetaVae, 'β', { ...VARIATIONAL, swept: BETAS }),
  'causal-vae-supervised': baseline(causalVae(true), 'weight', { ...VARIATIONAL, swept: WEIGHTS }, ({ modalities }) =>
    modalities.map(({ latents }) => latents),
  ),
  'causal-vae-unsupervised': baseline(causalVae(false), 'weight', { ...VARIATIONAL, swept: WEIGHTS }),
  contrastive: baseline(contrastive, 'τ', { ...CONTRASTIVE, swept: TEMPERATURES }, ({ modalities }) => {
    if (modalities.length !== 2)
      throw new InputError(
        'modality-mismatch',
        `The contrastive baseline compares two modalities; the data set has ${modalities.length}.`,
      );
    return modalities.map(({ latents }) => latents);
  }),
} as const satisfies Record<string, Baseline>;

/** @param widths latents of each modality's block; without it all features are one block */
function baseline(
  build: Parameters<typeof trainBaseline>[0],
  name: string,
  settings: BaselineSettings,
  widths?: (dataset: Dataset) => number[],
): Baseline {
  return async (request) => {
    const rows = request.dataset.ids.length;
    const own = widths?.(request.dataset);
    const encoded = await trainBaseline(build, request, settings);
    return encoded.map((values, run) => ({
      setting: `${name} ${settings.swept[run]}`,
      blocks: blocksOf(values, own ?? [values.length / rows]),
    }));
  };
}

function blocksOf(values: Float32Array, widths: readonly number[]): BaselineEstimate['blocks'] {
  const total = widths.reduce((sum, width) => sum + width, 0);
  const rows = values.length / total;
  let start = 0;
  return widths.map((latents) => {
    const block = new Float32Array(rows * latents);
    for (let row = 0; row < rows; row++)
      block.set(values.subarray(row * total + start, row * total + start + latents), row * latents);
    start += latents;
    return { latents, values: block };
  });
}
