// Targets of environments: a list of columns for each level, and what `discover` makes of it.

import { compileEnvironments } from '../../src/causal/discovery/environments.js';
import { readTargetsText } from '../../src/cli/targets-text.js';
import type { Target } from '../target.js';

/** Columns and levels that the seeds name. */
const COLUMNS = ['akt', 'pkc', 'mek'].map((name) => ({ name, values: new Float64Array(4) }));
const LEVELS = ['none', 'drug', 'none', 'drug'];

export const target: Target = {
  maxBytes: 256,
  run: (bytes) => {
    const targets = readTargetsText(Buffer.from(bytes).toString(), 'x.yaml');
    compileEnvironments(COLUMNS, { name: 'arm', levels: LEVELS, reference: 'none', targets });
  },
};
