// The key `discovery` of a study file: the variables that are joined to the latents, and how `study run` looks for
// their graph.

import * as z from 'zod';
import { MOST_RESAMPLES } from '../causal/discovery/bootstrap.js';
import { COLLIDER_PRIORITIES, COLLIDER_RULES } from '../causal/discovery/search/colliders.js';
import { ALGORITHMS, SCORE_NAMES, TEST_NAMES } from '../causal/discovery/options.js';
import { COMPATIBILITY_CHOICES } from '../causal/discovery/search/compatibility.js';
import { repeatedSchema } from '../causal/discovery/search/knowledge.js';
import { modalityName, tableGroupSchema } from './tables.js';

const pair = z.tuple([z.string(), z.string()], { error: 'must be a pair: [from, to]' });

export const discoverySchema = z.strictObject({
  /** Tables by group, as a modality has them; a variable is called by its label, where it has one. */
  variables: z.record(modalityName, tableGroupSchema).prefault({}),
  algorithm: z.enum(ALGORITHMS).default('pc'),
  /** `mixed` when left out; of `ges` none. */
  test: z.enum(TEST_NAMES).optional(),
  alpha: z.number().gt(0).lt(1).default(0.01),
  rule: z.enum(COLLIDER_RULES).default('sepset'),
  priority: z.enum(COLLIDER_PRIORITIES).default('existing'),
  maxConditioning: z.int().min(0).optional(),
  score: z.enum(SCORE_NAMES).default('bic'),
  /** Of an edge in the score of `ges`; 1 is BIC. */
  penalty: z.number().gt(0).optional(),
  equivalentSampleSize: z.number().gt(0).optional(),
  structurePrior: z.number().gt(0).optional(),
  compatibility: z.union([z.literal('causal-learn'), z.array(z.enum(COMPATIBILITY_CHOICES))]).optional(),
  /** Background knowledge: lists of variables, groups, modalities or beginnings of names, causes first. */
  tiers: z.array(z.array(z.string())).optional(),
  forbidden: z.array(pair).optional(),
  required: z.array(pair).optional(),
  /** Columns of the same variables at several visits. */
  repeated: repeatedSchema.optional(),
  /** Resamples, for the share in which each edge is found again. */
  bootstrap: z.int().min(0).max(MOST_RESAMPLES).default(100),
  /** Resample subjects before fitting, and fit anew in every resample. */
  bootstrapFit: z.boolean().default(false),
  /** Keep the edges found in at least this share of the resamples. */
  threshold: z.number().gt(0).max(1).optional(),
  seed: z.int().min(0).default(0),
});

export type DiscoveryConfig = z.output<typeof discoverySchema>;
