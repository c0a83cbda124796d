// Settings of a fit and their defaults, in one place: the keys `training` and `sparsity` of a study file (METHOD
// section 9).

import * as z from 'zod';
import { GRAPHS } from '../models/layout.js';
import { SUBSPACE_KINDS } from '../models/subspace-kinds.js';

const fraction = z.number().min(0).max(1);

/** What a schedule is laid out for before it begins; more is a slip of the pen. */
export const MAX_EPOCHS = 1_000_000;
const MAX_STEPS = 1_000_000_000;

const epochs = (min: number) => z.int().min(min).max(MAX_EPOCHS);

/**
 * Every key is optional in a study file and in `fit`. Those without a default here get it from the kind of fit,
 * `FIT_DEFAULTS`.
 */
export const trainingSchema = z.strictObject({
  /**
   * two-stage: subspaces by the joint model without sparsity, then components among many restarts in latent space, then
   * a polish; joint: everything at once. Without it: two-stage, and joint where `sparsity.kind` asks for the Jacobian.
   */
  fit: z.enum(['two-stage', 'joint']).optional(),
  /**
   * Independent fits of the joint model (restarts), trained as one program; in a two-stage fit those of its first part.
   * Of deep canonical correlation the best goes on after a sixth of the epochs.
   */
  encoderRestarts: z.int().min(1).max(1024).optional(),
  /**
   * First part of a two-stage fit: network; linear, by reduced-rank regression, which trains no encoder; residual,
   * linear plus a network that starts at zero; correlation, deep canonical correlation, which trains encoders first and
   * decoders last. Without it correlation where there are images or series, otherwise network, linear or residual: the
   * one whose latents predict the other modalities' columns best in validation subjects.
   */
  subspaces: z.enum(SUBSPACE_KINDS).optional(),
  /** Restarts of the component part, as one program; the best quarter is refined. */
  componentRestarts: z.int().min(1).max(1024).default(64),
  /**
   * Steps of the component part: a fifth to explore, three fifths to refine, a fifth to refit with the gates fixed; as
   * many again to prune. The density of missing latents takes four thirds of them.
   */
  componentSteps: z.int().min(1).max(MAX_STEPS).default(1500),
  /** Width of the map from a modality's subspace to its components. */
  componentMap: z.int().min(1).max(1024).default(16),
  /** Epochs of the joint polish at a low rate; 0: none. Default: 8, more where the joint model has more epochs. */
  polish: epochs(0).optional(),
  /**
   * Epochs of the decoders, which follow deep canonical correlation. Default: as many as it has; with series a third.
   * (Halves of a cross-fitting have 0: encoders alone.)
   */
  decoderEpochs: epochs(1).optional(),
  /** Subjects per mini-batch; at most the training split. Default: by the number of training subjects. */
  batch: z.int().min(2).optional(),
  /**
   * Of the joint model; in a two-stage fit of its first part. Default: by the number of training subjects, for steps
   * enough.
   */
  epochs: epochs(1).optional(),
  /**
   * Passes over the training subjects in an epoch of the joint model. Default: 1; where `epochs` is left out, enough of
   * few subjects for MIN_EPOCH steps.
   */
  passes: epochs(1).optional(),
  /** Below 2³²; run r of a fit has the seed `seed + r · 2³²`. */
  seed: z.int().min(0).max(0xffffffff).default(0),
  /** Default: 0.003; of deep canonical correlation 0.004, with series 0.002. */
  learningRate: z.number().positive().max(1).optional(),
  /** Width of encoders and decoders. */
  hidden: z.int().min(1).max(4096).default(64),
  flow: z.enum(['mixture', 'affine']).default('mixture'),
  /** Gaussians per latent in the mixture flow. */
  components: z.int().min(1).max(64).default(5),
  /** Width of the flow's conditioner. */
  flowHidden: z.int().min(1).max(1024).default(16),
  /** Weight of the reconstruction error, α_recon. */
  reconstruction: z.number().positive().default(1),
  /** Weight of the KL term, α_ind. */
  independence: z.number().positive().default(0.1),
  /** Part of the epochs in which every modality also predicts the others. */
  warmStart: fraction.optional(),
  /** The sparsity weight grows from 0 to its full value until this part of the epochs. */
  ramp: fraction.default(0.4),
  /** From this part of the epochs on gates are fixed to 0 or 1. */
  freeze: fraction.default(0.85),
  /** Epochs without a better validation objective in any run before the fit stops. Default: 20, more as for polish. */
  patience: epochs(1).optional(),
});

export const sparsitySchema = z.strictObject({
  /** gates: expected number of open gates; jacobian: Σ P over cross-modality pairs; both; none. */
  kind: z.enum(['gates', 'jacobian', 'both', 'none']).default('gates'),
  /**
   * Per gate, or per unit of P. In a two-stage fit in nats a subject; in a joint fit in units of its objective (nats
   * times `independence`).
   */
  weight: z.number().min(0).optional(),
  /** c of the concave penalty Σ P / (P + c); plain Σ P without it. */
  concavity: z.number().positive().optional(),
  /** True if latents of one modality may cause each other. */
  within: z.boolean().default(true),
  /**
   * ordered: edges follow the order of modalities in the study, causes first; acyclic: any order, found by the fit;
   * cyclic: latents may cause each other.
   */
  graph: z.enum(GRAPHS).default('ordered'),
  /**
   * With `graph: ordered`, what the order of the modalities is. assumed: you know that causes come first, and arrows
   * are drawn as assumed; unknown: the order only makes the model computable, and links are drawn without a direction.
   */
  order: z.enum(['unknown', 'assumed']).default('unknown'),
  /**
   * Price of an edge within a modality, relative to one across: the sparsity of Theorem 4.4 is that of edges across.
   */
  withinWeight: fraction.default(0.5),
});

/** Defaults that depend on the kind of fit. `epochs` is the least, see `fitLength`. */
export const FIT_DEFAULTS = {
  'two-stage': { encoderRestarts: 6, epochs: 60, warmStart: 0.4, weight: 0.1, learningRate: 3e-3 },
  joint: { encoderRestarts: 8, epochs: 100, warmStart: 0.2, weight: 0.08, learningRate: 3e-3 },
  /** A two-stage fit by deep canonical correlation. */
  correlation: { encoderRestarts: 8, epochs: 12, warmStart: 0, weight: 0.1, learningRate: 4e-3 },
  /** The same with series, whose encoders have a start that a higher rate would throw away. */
  'series correlation': { encoderRestarts: 2, epochs: 36, warmStart: 0, weight: 0.1, learningRate: 2e-3 },
} as const;
export type KindOfFit = keyof typeof FIT_DEFAULTS;

/** From so many training subjects on, batches of LARGE_BATCH in the least number of epochs are steps enough. */
export const MANY_SUBJECTS = 8000;
const LARGE_BATCH = 512;
/** Batches of fewer subjects: a sixteenth of them, rounded to a power of 2 within these bounds. */
const BATCHES = { least: 32, most: 256, per: 16 } as const;
/** Those of deep canonical correlation, whatever the number: covariances of a dozen numbers are taken in each. */
const CORRELATION_BATCHES = { least: 128, most: 256, per: 16 } as const;
/**
 * Steps that the joint model needs: measured on cases 1 and 3 from 200 to 3,000 subjects
 * (docs/explanation/evidence.md).
 */
const MIN_STEPS = 2500;
/** Steps of deep canonical correlation, of images and of series. */
const CORRELATION_STEPS = { correlation: 468, 'series correlation': 1404 } as const;
/** Steps between two looks at the validation subjects, which have their cost. */
const MIN_EPOCH = 16;

export interface FitLength {
  readonly batch: number;
  readonly epochs: number;
  readonly passes: number;
}

/**
 * How long to train by the number of training subjects: a fit needs steps, and a pass over few subjects has few.
 * @param batch as given; left out: by the number of subjects
 */
export function fitLength(subjects: number, kind: KindOfFit, batch?: number): FitLength {
  const correlates = kind === 'correlation' || kind === 'series correlation';
  const leastEpochs = FIT_DEFAULTS[kind].epochs;
  const leastSteps = correlates ? CORRELATION_STEPS[kind] : MIN_STEPS;
  const { least, most, per } = correlates ? CORRELATION_BATCHES : BATCHES;
  if (subjects >= MANY_SUBJECTS) {
    return { batch: batch ?? (correlates ? most : LARGE_BATCH), epochs: leastEpochs, passes: 1 };
  }
  const fitting = 2 ** Math.round(Math.log2(Math.max(1, subjects / per)));
  const chosen = batch ?? Math.min(most, Math.max(least, fitting));
  const steps = stepsOf(subjects, chosen);
  const passes = Math.ceil(MIN_EPOCH / steps);
  return { batch: chosen, passes, epochs: Math.max(leastEpochs, Math.ceil(leastSteps / (passes * steps))) };
}

/** Steps of a pass. */
export function stepsOf(subjects: number, batch: number): number {
  return Math.floor(subjects / Math.min(batch, subjects));
}

/** Every setting of a fit, filled in. */
export const fitConfigSchema = trainingSchema.required().extend({
  /** Left out for 1. */
  passes: trainingSchema.shape.passes,
  /** Left out for the best of up to three. */
  subspaces: trainingSchema.shape.subspaces,
  /** Only of deep canonical correlation. */
  decoderEpochs: trainingSchema.shape.decoderEpochs,
  /** Refined restarts whose graphs are pruned. Left out for 4; 0 in folds, whose graphs nobody reads. */
  pruned: z.int().min(0).max(64).optional(),
  sparsity: sparsitySchema.required({ weight: true }),
});

/** Which defaults a fit has. */
export function kindOfFit({ fit, subspaces }: Pick<FitConfig, 'fit' | 'subspaces'>): KindOfFit {
  return subspaces === 'correlation' ? subspaces : fit;
}

export type FitConfig = z.output<typeof fitConfigSchema>;
export type SparsityConfig = FitConfig['sparsity'];
