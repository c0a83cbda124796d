// The baselines of METHOD section 7. Most use our engine and networks, each at several values of its decisive setting;
// two are linear. Each has the number of restarts of our fits, of encoders or of components.

import type { Dataset } from '../../src/data/dataset.js';
import { presence } from '../../src/data/presence.js';
import { InputError } from '../../src/errors/errors.js';
import { betaVae, BETAS, concatenatedBetaVae } from './beta-vae.js';
import { ALPHA, causalVae } from './causal-vae.js';
import { acrossModalities, contrastive, cosine, withinModality } from './contrastive.js';
import { canonicalIca, factorAnalysis, type LinearSettings } from './linear.js';
import type { BaselineSettings, BuildBaseline } from './stage.js';
import { PAPER_WEIGHTS, paperObjective } from './paper-objective.js';
import { FIT_DEFAULTS } from '../../src/training/fit-schema.js';
import { trainBaseline, type BaselineRequest } from './training.js';

export type { BaselineProgress, BaselineRequest } from './training.js';

/** Latents of all subjects for one value of the swept setting. */
export interface BaselineEstimate {
  readonly setting: string;
  /**
   * A block per modality, or one block if the method does not separate modalities; subjects × latents. If each modality
   * has an encoder, values are NaN for subjects without the modality.
   */
  readonly blocks: readonly { readonly latents: number; readonly values: Float32Array }[];
}

interface Baseline {
  /** Title in tables of results. */
  readonly title: string;
  /** Settings for data sets of tables only. */
  readonly settings: BaselineSettings | LinearSettings;
  /** Settings for data sets with images or series. */
  readonly regularArrays: BaselineSettings | LinearSettings;
  /** Fits the baseline. @throws InputError `modality-mismatch`; what `trainBaseline` throws */
  fit(request: BaselineRequest): Promise<BaselineEstimate[]>;
}

interface Settings {
  readonly settings: BaselineSettings;
  readonly regularArrays: BaselineSettings;
}

/** Restarts of our encoders of tables. */
const RESTARTS = FIT_DEFAULTS['two-stage'].encoderRestarts;
/** Restarts of our encoders of images and series. */
const ARRAY_RESTARTS = FIT_DEFAULTS.correlation.encoderRestarts;
/** Restarts of our components. */
const COMPONENT_RESTARTS = 64;
/** In our fits of images, only the best of eight restarts continues after a sixth of the epochs. */
const ARRAY_RACE = 1 / 6;

/** 20 epochs of 10,000 subjects, more than our fit needs. Sweeps are short, because every value is a training. */
const REGULAR_ARRAYS = { batch: 256, steps: 780, restarts: ARRAY_RESTARTS, race: ARRAY_RACE } as const;
/** β is swept, because the authors publish it as a setting to tune. */
const BETA_VAE: Settings = {
  settings: { batch: 512, steps: 4000, learningRate: 2e-3, swept: BETAS, restarts: RESTARTS },
  regularArrays: { ...REGULAR_ARRAYS, learningRate: 2e-3, swept: [2, 8, 32] },
};
/** Settings of the published code, except networks and decoder: 101 epochs of 140 mini-batches. */
const CAUSAL_VAE: Settings = {
  settings: { batch: 64, steps: 14_140, learningRate: 1e-3, swept: [ALPHA], restarts: RESTARTS },
  regularArrays: {
    batch: 64,
    steps: 3120,
    learningRate: 1e-3,
    swept: [ALPHA],
    restarts: ARRAY_RESTARTS,
    race: ARRAY_RACE,
  },
};
/** Shorter than the published training, which has 300,001 steps of 6,144 subjects at a learning rate of 1e-4. */
const CONTRASTIVE = { batch: 512, steps: 4000, learningRate: 1e-3, restarts: RESTARTS } as const;
const PUBLISHED: Settings = {
  settings: { ...CONTRASTIVE, swept: [1] },
  regularArrays: { ...CONTRASTIVE, ...REGULAR_ARRAYS, swept: [1] },
};
const SWEPT: Settings = {
  settings: { ...CONTRASTIVE, swept: [0.1, 0.3, 1] },
  regularArrays: { ...CONTRASTIVE, ...REGULAR_ARRAYS, swept: [0.3, 1] },
};
const PAPER: Settings = {
  settings: {
    batch: 512,
    steps: 4000,
    learningRate: 2e-3,
    restarts: RESTARTS,
    swept: [PAPER_WEIGHTS.tables.independence],
  },
  regularArrays: { ...REGULAR_ARRAYS, learningRate: 2e-3, swept: [PAPER_WEIGHTS.regularArrays.independence] },
};

const causalLatents = ({ modalities }: Dataset): number[] => modalities.map(({ latents }) => latents);
const allLatents = ({ modalities }: Dataset): number[] =>
  modalities.map(({ latents, exogenous }) => latents + exogenous);
const ofTwo = (dataset: Dataset): number[] => {
  const { length } = dataset.modalities;
  if (length !== 2) {
    throw new InputError(
      'modality-mismatch',
      `The published contrastive baselines compare two modalities; the data set has ${length}. Use contrastive-swept.`,
    );
  }
  return ofSeveral(dataset);
};
/** Checks that all modalities have the same number of latents, which distances between their latents need. */
const ofSeveral = (dataset: Dataset): number[] => {
  const latents = causalLatents(dataset);
  if (latents.length < 2 || latents.some((count) => count !== latents[0])) {
    throw new InputError(
      'modality-mismatch',
      'The contrastive baseline compares two or more modalities with equal numbers of latents; the data set has ' +
        `${latents.join(' + ')}.`,
    );
  }
  if (presence(dataset.modalities)) {
    throw new InputError(
      'modality-mismatch',
      'The contrastive baseline compares all modalities of every subject, and some subjects lack one. Write ' +
        'missing: drop into the study to leave these subjects out.',
    );
  }
  return latents;
};

export const BASELINES = {
  'beta-vae': baseline('β-VAE per modality', betaVae, 'β', BETA_VAE, allLatents, withoutAbsent),
  'beta-vae-concatenated': baseline('β-VAE, concatenated', concatenatedBetaVae, 'β', BETA_VAE),
  'causal-vae-supervised': baseline(
    'CausalVAE, labels: the true latents',
    causalVae(true),
    'α',
    CAUSAL_VAE,
    causalLatents,
  ),
  'causal-vae-unsupervised': baseline('CausalVAE without labels', causalVae(false), 'α', CAUSAL_VAE),
  contrastive: baseline('contrastive (InfoNCE), distance, τ 1', contrastive(withinModality), 'τ', PUBLISHED, ofTwo),
  'contrastive-cosine': baseline('contrastive (InfoNCE), cosine, τ 1', contrastive(cosine), 'τ', PUBLISHED, ofTwo),
  'contrastive-swept': baseline(
    'contrastive, our stronger variant',
    contrastive(acrossModalities),
    'τ',
    SWEPT,
    ofSeveral,
  ),
  'cca-ica': linear('CCA and FastICA', COMPONENT_RESTARTS, canonicalIca),
  'factor-analysis': linear('group factor analysis', RESTARTS, factorAnalysis),
  'paper-objective': baseline('the paper’s objective as published', paperObjective, 'α_ind', PAPER, causalLatents),
} as const satisfies Record<string, Baseline>;

export type BaselineName = keyof typeof BASELINES;

/** Returns the settings of a baseline for a data set. */
export function settingsFor<One>(
  { settings, regularArrays }: { readonly settings: One; readonly regularArrays: One },
  { modalities }: Pick<Dataset, 'modalities'>,
): One {
  return modalities.some(({ regularArray }) => regularArray !== undefined) ? regularArrays : settings;
}

/**
 * Returns a baseline that is trained by gradients.
 * @param name name of the swept setting
 * @param widths returns the number of latents of each modality's block. Default: one block of all features
 * @param mask replaces latents that are no answer. Default: none
 */
function baseline(
  title: string,
  build: BuildBaseline,
  name: string,
  each: Settings,
  widths?: (dataset: Dataset) => number[],
  mask?: (blocks: BaselineEstimate['blocks'], dataset: Dataset) => BaselineEstimate['blocks'],
): Baseline {
  return {
    title,
    ...each,
    async fit(request) {
      const settings = settingsFor(each, request.dataset);
      const latents = widths?.(request.dataset);
      const encoded = await trainBaseline(build, request, settings);
      return encoded.map((values, run) => {
        const blocks = blocksOf(values, latents ?? [values.length / request.dataset.ids.length]);
        return { setting: `${name} ${settings.swept[run]}`, blocks: mask?.(blocks, request.dataset) ?? blocks };
      });
    },
  };
}

function linear(
  title: string,
  restarts: number,
  fit: (
    request: BaselineRequest,
    settings: LinearSettings,
  ) => BaselineEstimate['blocks'] | Promise<BaselineEstimate['blocks']>,
): Baseline {
  const settings = { restarts };
  return {
    title,
    settings,
    regularArrays: settings,
    fit: async (request) => [{ setting: '', blocks: await fit(request, settings) }],
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

/** Replaces the latents of modalities that subjects lack by NaN, because their encoders have no input. */
function withoutAbsent(blocks: BaselineEstimate['blocks'], { modalities }: Dataset): BaselineEstimate['blocks'] {
  const present = presence(modalities);
  if (!present) return blocks;
  return blocks.map(({ latents, values }, m) => ({
    latents,
    values: values.map((value, at) => (present[m][Math.floor(at / latents)] === 1 ? value : NaN)),
  }));
}
