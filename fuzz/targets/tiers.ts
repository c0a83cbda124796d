// Background knowledge: tiers, forbidden and required edges, repeated measures, and its rules for a few variables.

import { compileKnowledge } from '../../src/causal/discovery/search/knowledge.js';
import { readKnowledgeText } from '../../src/cli/knowledge-text.js';
import type { Target } from '../target.js';

/** Variables that the seeds name. */
export const VARIABLES = ['age', 'sex', 'a', 'b', 'c', 'blood.z1', 'blood.z2', 'x_v1', 'y_v1', 'x_v2', 'y_v2'].map(
  (name) => (name.startsWith('blood') ? { name, modality: 'blood' } : { name }),
);

export const target: Target = {
  maxBytes: 512,
  run: (bytes) => {
    const known = compileKnowledge(VARIABLES, readKnowledgeText(Buffer.from(bytes).toString(), 'x.yaml'));
    for (const i of VARIABLES.keys()) for (const j of VARIABLES.keys()) known.allows(i, j);
  },
};
