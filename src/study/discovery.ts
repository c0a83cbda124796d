// The key `discovery` of a study file: the variables that are joined to the latents, and how `study run` looks for
// their graph.

import * as z from 'zod';
import { MAX_HALF_SAMPLES } from '../causal/discovery/half-samples.js';
import { repeatedSchema } from '../causal/discovery/search/knowledge.js';
import { modalityName, tableGroupSchema } from './tables.js';

const pair = z.tuple([z.string(), z.string()], { error: 'must be a pair: [from, to]' });

export const discoverySchema = z.strictObject({
  /** Tables by group, as a modality has them; a variable is called by its label, where it has one. */
  variables: z.record(modalityName, tableGroupSchema).prefault({}),
  /** Background knowledge: lists of variables, groups, modalities or beginnings of names, causes first. */
  tiers: z.array(z.array(z.string())).optional(),
  forbidden: z.array(pair).optional(),
  required: z.array(pair).optional(),
  /** Columns of the same variables at several visits. */
  repeated: repeatedSchema.optional(),
  /** Half-samples of the subjects that are fitted and searched anew, for the share of them that has each link. */
  refits: z.int().min(0).max(MAX_HALF_SAMPLES).default(0),
  /** Of these half-samples. */
  seed: z.int().min(0).default(0),
});

export type DiscoveryConfig = z.output<typeof discoverySchema>;
