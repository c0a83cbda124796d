// Settings of a fit and their defaults, in one place: the keys `training` and `sparsity` of a study file (METHOD section 9).

import { z } from 'zod';

const fraction = z.number().min(0).max(1);

/** Every key is optional in a study file and in `fit`; these are the defaults. */
export const trainingSchema = z.strictObject({
  /** Independent fits (restarts), trained as one program. */
  runs: z.int().min(1).max(1024).default(8),
  /** Subjects per mini-batch; at most the training part. */
  batch: z.int().min(2).default(512),
  epochs: z.int().min(1).default(100),
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
  warmStart: fraction.default(0.2),
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
  /** Per gate, or per unit of P. */
  weight: z.number().min(0).default(0.08),
  /** c of the concave penalty Σ P / (P + c); plain Σ P without it. */
  concavity: z.number().positive().optional(),
  /** Whether latents of one modality may cause each other. */
  within: z.boolean().default(true),
});

export type TrainingConfig = z.infer<typeof trainingSchema>;
export type SparsityConfig = z.infer<typeof sparsitySchema>;
