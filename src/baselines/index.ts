// The baselines of METHOD section 7, on our engine: each at several values of its decisive setting.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors.js';
import { betaVae, BETAS, concatenatedBetaVae } from './beta-vae.js';
import { ALPHA, causalVae } from './causal-vae.js';
import { acrossModalities, contrastive, cosine, withinModality } from './contrastive.js';
import type { BaselineSettings, BuildBaseline } from './part.js';
import { trainBaseline, type BaselineRequest } from './training.js';

export type { BaselineProgress, BaselineRequest } from './training.js';

/** Latents of all subjects for one value of the swept setting. */
export interface BaselineEstimate {
  readonly setting: string;
  /** One block per modality, or one for a method that knows no modalities; subjects × latents. */
  readonly blocks: readonly { readonly latents: number; readonly values: Float32Array }[];
}

interface Baseline {
  readonly settings: BaselineSettings;
  /** @throws InputError `modality-mismatch`; what `trainBaseline` throws */
  fit(request: BaselineRequest): Promise<BaselineEstimate[]>;
}

/** β is published as a setting to tune: swept. */
const BETA_VAE = { batch: 512, steps: 4000, learningRate: 2e-3, swept: BETAS } as const;
/** The published code's, but for networks and decoder: 101 epochs of 140 mini-batches. */
const CAUSAL_VAE = { batch: 64, steps: 14_140, learningRate: 1e-3, swept: [ALPHA] } as const;
/** Published are 300,001 steps of 6,144 subjects at 1e-4. */
const CONTRASTIVE = { batch: 512, steps: 4000, learningRate: 1e-3 } as const;
const PUBLISHED = { ...CONTRASTIVE, swept: [1] } as const;
const SWEPT = { ...CONTRASTIVE, swept: [0.1, 0.3, 1] } as const;

const ownLatents = ({ modalities }: Dataset): number[] => modalities.map(({ latents }) => latents);
const allLatents = ({ modalities }: Dataset): number[] =>
  modalities.map(({ latents, exogenous }) => latents + exogenous);
const ofTwo = (dataset: Dataset): number[] => {
  const { length } = dataset.modalities;
  if (length === 2) return ownLatents(dataset);
  throw new InputError(
    'modality-mismatch',
    `The contrastive baseline compares two modalities; the data set has ${length}.`,
  );
};

export const BASELINES = {
  'beta-vae': baseline(betaVae, 'β', BETA_VAE, allLatents),
  'beta-vae-concatenated': baseline(concatenatedBetaVae, 'β', BETA_VAE),
  'causal-vae-supervised': baseline(causalVae(true), 'α', CAUSAL_VAE, ownLatents),
  'causal-vae-unsupervised': baseline(causalVae(false), 'α', CAUSAL_VAE),
  contrastive: baseline(contrastive(withinModality), 'τ', PUBLISHED, ofTwo),
  'contrastive-cosine': baseline(contrastive(cosine), 'τ', PUBLISHED, ofTwo),
  'contrastive-swept': baseline(contrastive(acrossModalities), 'τ', SWEPT, ofTwo),
} as const satisfies Record<string, Baseline>;

/** @param widths latents of each modality's block; without it all features are one block */
function baseline(
  build: BuildBaseline,
  name: string,
  settings: BaselineSettings,
  widths?: (dataset: Dataset) => number[],
): Baseline {
  return {
    settings,
    async fit(request) {
      const rows = request.dataset.ids.length;
      const latents = widths?.(request.dataset);
      const encoded = await trainBaseline(build, request, settings);
      return encoded.map((values, run) => ({
        setting: `${name} ${settings.swept[run]}`,
        blocks: blocksOf(values, latents ?? [values.length / rows]),
      }));
    },
  };
}

function blocksOf(values: Float32Array, widths: readonly number[]): BaselineEstimate['blocks'] {
  const total = widths.reduce((sum, width) => sum + width, 0);
  const rows = values.length / total;
  let start = 0;
  return widths.map((latents) => {
    const block = new Float32Array(rows * latents);
    for (let row = 0; row < rows; row++) {
      block.set(values.subarray(row * total + start, row * total + start + latents), row * latents);
    }
    start += latents;
    return { latents, values: block };
  });
}
