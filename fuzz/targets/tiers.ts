// Background knowledge: tiers, forbidden and required edges.

import { parse } from 'yaml';
import { InputError } from '../../src/errors.js';
import { parseKnowledge } from '../../src/causal/index.js';
import type { Target } from '../target.js';

export const target: Target = {
  run: (bytes) => {
    let value: unknown;
    try {
      value = parse(Buffer.from(bytes).toString(), { logLevel: 'error' });
    } catch (cause) {
      throw new InputError('invalid-knowledge', String(cause));
    }
    parseKnowledge(value, 'x.yaml');
  },
};
