// The key `discovery` of a study file: the variables that are joined to the latents, and how `study run` searches for
// their graph.

import * as z from 'zod';
import { MAX_HALF_SAMPLES } from '../../causal/discovery/half-samples.js';
import { repeatedSchema } from '../../causal/discovery/search/knowledge.js';
import { modalityName, tableGroupSchema } from './tables.js';

const pair = z.tuple([z.string(), z.string()], { error: 'must be a pair: [from, to]' });

export const discoverySchema = z.strictObject({
  variables: z
    .record(modalityName, tableGroupSchema)
    .prefault({})
    .describe(
      'Variables that are joined to the latents: groups of tables by name, each with the keys of a table. A variable ' +
        'has the name of its column, or its label. Default: none.',
    ),
  tiers: z
    .array(z.array(z.string()))
    .optional()
    .describe(
      'Background knowledge: lists of names, causes first. A name is a variable, a group, a modality, or the ' +
        'beginning of names followed by `*`. No edge leads from a later list to an earlier one. Default: none.',
    ),
  forbidden: z.array(pair).optional().describe('Pairs [from, to] without an edge in this direction. Default: none.'),
  required: z
    .array(pair)
    .optional()
    .describe('Pairs [from, to] that have an edge regardless of the tests. Default: none.'),
  repeated: repeatedSchema.optional().describe('Columns of the same variables at several visits. Default: none.'),
  refits: z
    .int()
    .min(0)
    .max(MAX_HALF_SAMPLES)
    .default(0)
    .describe('Number of half-samples of the subjects that are fitted and searched again, to measure stability.'),
  seed: z.int().min(0).default(0).describe('Seed of the half-samples.'),
});

export type DiscoveryConfig = z.output<typeof discoverySchema>;
