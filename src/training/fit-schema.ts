// Settings of a fit and their defaults: the keys `training` and `sparsity` of a study file (METHOD section 9).

import * as z from 'zod';
import { GRAPHS } from '../networks/layout.js';
import { SUBSPACE_KINDS } from '../networks/subspace-kinds.js';

/** Defaults that depend on the kind of fit. `epochs` is a minimum, see `fitLength`. */
export const FIT_DEFAULTS = {
  'two-stage': { encoderRestarts: 6, epochs: 60, warmStart: 0.4, weight: 0.1, learningRate: 3e-3 },
  joint: { encoderRestarts: 8, epochs: 100, warmStart: 0.2, weight: 0.08, learningRate: 3e-3 },
  /** A two-stage fit by deep canonical correlation. */
  correlation: { encoderRestarts: 8, epochs: 12, warmStart: 0, weight: 0.1, learningRate: 4e-3 },
  /** The same with series. Their encoders start from values that a higher rate would destroy. */
  'series correlation': { encoderRestarts: 2, epochs: 36, warmStart: 0, weight: 0.1, learningRate: 2e-3 },
} as const;

/** Returns the defaults of a setting in a sentence. */
function defaultsOf(setting: keyof (typeof FIT_DEFAULTS)['joint']): string {
  const { 'two-stage': usual, joint, correlation, 'series correlation': series } = FIT_DEFAULTS;
  const isOne = correlation[setting] === series[setting];
  const other = [
    [joint[setting], 'in a joint fit'],
    [correlation[setting], 'with `subspaces: correlation`'],
    ...(isOne ? [] : [[series[setting], 'if there are series'] as const]),
  ] as const;
  const different = other.filter(([value]) => value !== usual[setting]).map(([value, where]) => `${value} ${where}`);
  return `Default: ${[usual[setting], ...different].join('; ')}.`;
}

const fraction = z.number().min(0).max(1);

/** Maximum number of epochs. Tables of the schedule have an entry for each epoch before training begins. */
export const MAX_EPOCHS = 1_000_000;
const MAX_STEPS = 1_000_000_000;

const epochs = (min: number) => z.int().min(min).max(MAX_EPOCHS);

/**
 * Settings of the training. All are optional in a study file and in `fit`. Those without a default here have one that
 * depends on the kind of fit (`FIT_DEFAULTS`) or on the number of training subjects (`fitLength`).
 */
export const trainingSchema = z.strictObject({
  fit: z
    .enum(['two-stage', 'joint'])
    .optional()
    .describe(
      '`two-stage`: trains the subspaces without sparsity, then the components in latent space with many restarts, ' +
        'then polishes the joint model. `joint`: trains everything at once. Default: `two-stage`; `joint` if ' +
        '`sparsity.kind` needs the Jacobian.',
    ),
  encoderRestarts: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      'Number of encoder restarts: independent initialisations of encoders and decoders. Validation subjects choose ' +
        `the best. ${defaultsOf('encoderRestarts')}`,
    ),
  subspaces: z
    .enum(SUBSPACE_KINDS)
    .optional()
    .describe(
      'Method of the first stage of a two-stage fit. `network`: the joint model without sparsity. `linear`: ' +
        'reduced-rank regression, without an encoder. `residual`: `linear` plus a small network. `correlation`: deep ' +
        'canonical correlation, which trains the decoders last. Default: `correlation` if there are images or ' +
        'series; otherwise the one of the first three whose latents predict the other modalities best in validation ' +
        'subjects.',
    ),
  componentRestarts: z
    .int()
    .min(1)
    .max(1024)
    .default(64)
    .describe(
      'Number of component restarts: independent initialisations of the map from subspaces to components. The best ' +
        'quarter is refined.',
    ),
  componentSteps: z
    .int()
    .min(1)
    .max(MAX_STEPS)
    .default(1500)
    .describe(
      'Training steps of a component restart: a fifth explores, three fifths refine, and a fifth fits with fixed ' +
        'gates. Pruning takes another fifth. The model of missing latents takes four thirds of this number.',
    ),
  componentMap: z
    .int()
    .min(1)
    .max(1024)
    .default(16)
    .describe('Width of the map from the subspace of a modality to its components.'),
  polish: epochs(0)
    .optional()
    .describe(
      'Epochs of the polish: the joint model is trained with fixed gates, at a low rate or, with observed causes, at ' +
        'the full one. 0 leaves it out. Default: 8, with observed causes 120, and more in proportion if `epochs` has ' +
        'a default above its minimum.',
    ),
  decoderEpochs: epochs(1)
    .optional()
    .describe(
      'Epochs of the decoders, which are trained after deep canonical correlation. Default: `epochs`; a third of it ' +
        'if there are series.',
    ),
  batch: z
    .int()
    .min(2)
    .optional()
    .describe('Subjects per mini-batch, at most the training split. Default: by the number of training subjects.'),
  epochs: epochs(1)
    .optional()
    .describe(
      'Epochs of the joint model; in a two-stage fit, of its first stage. Default: by the number of training subjects.',
    ),
  passes: epochs(1)
    .optional()
    .describe(
      'Passes over the training subjects in an epoch of the joint model. Default: 1; if `epochs` has its default and ' +
        'there are few subjects, the number of passes that gives 16 steps.',
    ),
  seed: z.int().min(0).max(0xffffffff).default(0).describe('Seed of the fit. Restart r has the seed `seed + r · 2³²`.'),
  learningRate: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe(`Learning rate of the joint model and of the encoders. ${defaultsOf('learningRate')}`),
  hidden: z.int().min(1).max(4096).default(64).describe('Width of encoders and decoders.'),
  flow: z
    .enum(['mixture', 'affine'])
    .default('mixture')
    .describe(
      'Conditional flow of a latent given its parents. `mixture`: a mixture of Gaussians. `affine`: one Gaussian.',
    ),
  components: z.int().min(1).max(64).default(5).describe('Number of Gaussians per latent in the mixture flow.'),
  flowHidden: z.int().min(1).max(1024).default(16).describe('Width of the network that conditions the flow.'),
  reconstruction: z.number().positive().default(1).describe('Weight of the reconstruction error, α_recon.'),
  independence: z.number().positive().default(0.1).describe('Weight of the KL term, α_ind.'),
  warmStart: fraction
    .optional()
    .describe(
      `Share of the epochs in which every modality also predicts the other modalities. ${defaultsOf('warmStart')}`,
    ),
  ramp: fraction.default(0.4).describe('Share of the epochs in which the sparsity weight grows from 0 to its value.'),
  freeze: fraction.default(0.85).describe('Share of the epochs after which gates are fixed at 0 or 1.'),
  patience: epochs(1)
    .optional()
    .describe(
      'Epochs without a better validation objective in any restart before training stops. Default: 20, and more in ' +
        'proportion if `epochs` has a default above its minimum.',
    ),
});

export const sparsitySchema = z.strictObject({
  kind: z
    .enum(['gates', 'jacobian', 'both', 'none'])
    .default('gates')
    .describe(
      'Penalty on edges. `gates`: the expected number of open gates. `jacobian`: the sum of P over pairs of latents ' +
        'in different modalities, where P = E|∂ε/∂z| · sd(z) is the strength of an edge. `both`: the two together.',
    ),
  weight: z
    .number()
    .min(0)
    .optional()
    .describe(
      'Weight of the penalty, per gate or per unit of P. Its unit is nats per subject in a two-stage fit, and nats ' +
        `times \`independence\` in a joint fit. ${defaultsOf('weight')}`,
    ),
  concavity: z
    .number()
    .positive()
    .optional()
    .describe('Constant c of the concave penalty Σ P / (P + c). Default: the plain sum Σ P.'),
  within: z.boolean().default(true).describe('True if latents of the same modality may cause each other.'),
  graph: z
    .enum(GRAPHS)
    .default('ordered')
    .describe(
      '`ordered`: edges follow the order of the modalities in the study. `acyclic`: the fit searches for the order. ' +
        '`cyclic`: latents may cause each other.',
    ),
  order: z
    .enum(['unknown', 'assumed'])
    .default('unknown')
    .describe(
      'Meaning of the order of the modalities with `graph: ordered`. `unknown`: it only makes the model computable, ' +
        'and links are drawn as lines. `assumed`: you know that causes come first; arrows are drawn, and reported as ' +
        'assumed.',
    ),
  withinWeight: fraction
    .default(0.5)
    .describe(
      'Price of an edge within a modality relative to an edge between modalities. The sparsity of Theorem 4.4 counts ' +
        'only edges between modalities.',
    ),
});

export type KindOfFit = keyof typeof FIT_DEFAULTS;

/** Number of training subjects from which batches of LARGE_BATCH give enough steps in the minimum number of epochs. */
export const MANY_SUBJECTS = 8000;
const LARGE_BATCH = 512;
/** Batches of fewer subjects: a share of 1 / `per` of them, rounded to a power of 2 within these bounds. */
const BATCHES = { min: 32, max: 256, per: 16 } as const;
/** The same for deep canonical correlation, which computes covariances of a dozen numbers in each batch. */
const CORRELATION_BATCHES = { min: 128, max: 256, per: 16 } as const;
/** Steps that the joint model needs, measured on cases 1 and 3 with 200 to 3,000 subjects. */
const MIN_STEPS = 2500;
/** Steps of deep canonical correlation, for images and for series. */
const CORRELATION_STEPS = { correlation: 468, 'series correlation': 1404 } as const;
/** Minimum number of steps of an epoch, because each epoch ends with the cost of a validation. */
const MIN_EPOCH = 16;

export interface FitLength {
  readonly batch: number;
  readonly epochs: number;
  readonly passes: number;
}

/**
 * Returns the length of a fit by the number of training subjects. A fit needs a number of steps, and a pass over few
 * subjects has few steps.
 * @param batch size of a mini-batch. Default: by the number of subjects.
 */
export function fitLength(subjects: number, kind: KindOfFit, batch?: number): FitLength {
  const correlates = kind === 'correlation' || kind === 'series correlation';
  const minEpochs = FIT_DEFAULTS[kind].epochs;
  const minSteps = correlates ? CORRELATION_STEPS[kind] : MIN_STEPS;
  const { min, max, per } = correlates ? CORRELATION_BATCHES : BATCHES;
  if (subjects >= MANY_SUBJECTS) {
    return { batch: batch ?? (correlates ? max : LARGE_BATCH), epochs: minEpochs, passes: 1 };
  }
  const proportional = 2 ** Math.round(Math.log2(Math.max(1, subjects / per)));
  const chosen = batch ?? Math.min(max, Math.max(min, proportional));
  const steps = stepsOf(subjects, chosen);
  const passes = Math.ceil(MIN_EPOCH / steps);
  return { batch: chosen, passes, epochs: Math.max(minEpochs, Math.ceil(minSteps / (passes * steps))) };
}

/** Returns the number of steps of a pass. */
export function stepsOf(subjects: number, batch: number): number {
  return Math.floor(subjects / Math.min(batch, subjects));
}

/** All settings of a fit, with their values. */
export const fitConfigSchema = trainingSchema.required().extend({
  /** Left out if it is 1. */
  passes: trainingSchema.shape.passes,
  /** Left out if the fit chooses the best of up to three. */
  subspaces: trainingSchema.shape.subspaces,
  /** Only for deep canonical correlation. */
  decoderEpochs: trainingSchema.shape.decoderEpochs,
  /** Number of refined restarts whose graphs are pruned. Left out if it is 4; 0 in folds, whose graphs are not used. */
  pruned: z.int().min(0).max(64).optional(),
  sparsity: sparsitySchema.required({ weight: true }),
});

/** Returns which defaults a fit has. */
export function kindOfFit({ fit, subspaces }: Pick<FitConfig, 'fit' | 'subspaces'>): KindOfFit {
  return subspaces === 'correlation' ? subspaces : fit;
}

export type FitConfig = z.output<typeof fitConfigSchema>;
export type SparsityConfig = FitConfig['sparsity'];
