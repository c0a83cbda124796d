// Settings of a fit and their defaults, in one place: the keys `training` and `sparsity` of a study file (METHOD
// section 9).

import * as z from 'zod';
import { GRAPHS } from '../models/layout.js';

const fraction = z.number().min(0).max(1);

/**
 * Every key is optional in a study file and in `fit`. Those without a default here get it from the kind of fit,
 * `FIT_DEFAULTS`.
 */
export const trainingSchema = z.strictObject({
  /**
   * two-part: subspaces by the joint model without sparsity, then components among many restarts in latent space, then
   * a polish; joint: everything at once. Without it: two-part, and joint where `sparsity.kind` asks for the Jacobian.
   */
  fit: z.enum(['two-part', 'joint']).optional(),
  /**
   * Independent fits of the joint model (restarts), trained as one program; in a two-part fit those of its first part.
   */
  runs: z.int().min(1).max(1024).optional(),
  /** Restarts of the component part, as one program; the best quarter is refined. */
  restarts: z.int().min(1).max(1024).default(64),
  /**
   * Steps of the component part: a fifth to explore, three fifths to refine, a fifth to refit with the gates fixed; as
   * many again to prune.
   */
  componentSteps: z.int().min(1).default(1500),
  /** Width of the map from a modality's subspace to its components. */
  componentMap: z.int().min(1).max(1024).default(16),
  /** Epochs of the joint polish at a low rate; 0: none. */
  polish: z.int().min(0).default(8),
  /** Subjects per mini-batch; at most the training part. */
  batch: z.int().min(2).default(512),
  /** Of the joint model; in a two-part fit of its first part. */
  epochs: z.int().min(1).optional(),
  /** Below 2³²; run r of a fit has the seed `seed + r · 2³²`. */
  seed: z.int().min(0).max(0xffffffff).default(0),
  learningRate: z.number().positive().max(1).default(3e-3),
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
  /** Epochs without a better validation objective in any run before the fit stops. */
  patience: z.int().min(1).default(20),
});

export const sparsitySchema = z.strictObject({
  /** gates: expected number of open gates; jacobian: Σ P over cross-modality pairs; both; none. */
  kind: z.enum(['gates', 'jacobian', 'both', 'none']).default('gates'),
  /**
   * Per gate, or per unit of P. In a two-part fit in nats a subject; in a joint fit in units of its objective (nats
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
   * Price of an edge within a modality, relative to one across: the sparsity of Theorem 4.4 is that of edges across.
   */
  withinWeight: fraction.default(0.5),
});

/** Defaults that depend on the kind of fit. */
export const FIT_DEFAULTS = {
  'two-part': { runs: 6, epochs: 60, warmStart: 0.4, weight: 0.1 },
  joint: { runs: 8, epochs: 100, warmStart: 0.2, weight: 0.08 },
} as const;

/** Every setting of a fit, filled in. */
export const fitConfigSchema = trainingSchema.required().extend({
  sparsity: sparsitySchema.required({ weight: true }),
});

export type FitConfig = z.output<typeof fitConfigSchema>;
export type SparsityConfig = FitConfig['sparsity'];
