// The baselines of METHOD section 7, on our engine: each at several values of its decisive setting.

import type { Dataset } from '../data/dataset.js';
import { presence } from '../data/presence.js';
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
  /**
   * One block per modality, or one for a method that knows no modalities; subjects × latents. NaN where a modality has
   * an encoder of its own and a subject lacks it.
   */
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
  if (length !== 2) {
    throw new InputError(
      'modality-mismatch',
      `The contrastive baseline compares two modalities; the data set has ${length}.`,
    );
  }
  if (presence(dataset.modalities)) {
    throw new InputError(
      'modality-mismatch',
      'The contrastive baseline compares two modalities of every subject, and some subjects lack one; write missing: ' +
        'drop into the study to compare those who have both.',
    );
  }
  return ownLatents(dataset);
};

export const BASELINES = {
  'beta-vae': baseline(betaVae, 'β', BETA_VAE, allLatents, withoutAbsent),
  'beta-vae-concatenated': baseline(concatenatedBetaVae, 'β', BETA_VAE),
  'causal-vae-supervised': baseline(causalVae(true), 'α', CAUSAL_VAE, ownLatents),
  'causal-vae-unsupervised': baseline(causalVae(false), 'α', CAUSAL_VAE),
  contrastive: baseline(contrastive(withinModality), 'τ', PUBLISHED, ofTwo),
  'contrastive-cosine': baseline(contrastive(cosine), 'τ', PUBLISHED, ofTwo),
  'contrastive-swept': baseline(contrastive(acrossModalities), 'τ', SWEPT, ofTwo),
} as const satisfies Record<string, Baseline>;

/**
 * @param widths latents of each modality's block; without it all features are one block
 * @param known what of the blocks is an answer; all when left out
 */
function baseline(
  build: BuildBaseline,
  name: string,
  settings: BaselineSettings,
  widths?: (dataset: Dataset) => number[],
  known?: (blocks: BaselineEstimate['blocks'], dataset: Dataset) => BaselineEstimate['blocks'],
): Baseline {
  return {
    settings,
    async fit(request) {
      const rows = request.dataset.ids.length;
      const latents = widths?.(request.dataset);
      const encoded = await trainBaseline(build, request, settings);
      return encoded.map((values, run) => {
        const blocks = blocksOf(values, latents ?? [values.length / rows]);
        return { setting: `${name} ${settings.swept[run]}`, blocks: known?.(blocks, request.dataset) ?? blocks };
      });
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

/** Blocks without the latents of modalities that subjects lack: no encoder has an answer. */
function withoutAbsent(blocks: BaselineEstimate['blocks'], { modalities }: Dataset): BaselineEstimate['blocks'] {
  const present = presence(modalities);
  if (!present) return blocks;
  return blocks.map(({ latents, values }, m) => ({
    latents,
    values: values.map((value, at) => (present[m][Math.floor(at / latents)] === 1 ? value : NaN)),
  }));
}
