// The kinds of options of discovery; a file of its own, so that whoever checks them loads no search.

import type { OptionShapes } from '../../argument.js';
import type { DiscoverOptions } from './discover.js';
import type { GesOptions } from './search/ges.js';
import type { ConstraintOptions, PcOptions } from './search/pc.js';
import type { ParallelOptions } from './threads/parallel.js';

export const CONSTRAINT_OPTIONS: OptionShapes<ConstraintOptions> = {
  alpha: 'number',
  maxConditioning: 'number',
  // By `parseKnowledge`.
  knowledge: 'anything',
  compatibility: 'anything',
};

export const PC_OPTIONS: OptionShapes<PcOptions> = { ...CONSTRAINT_OPTIONS, rule: 'text', priority: 'text' };

export const GES_OPTIONS: OptionShapes<GesOptions> = {
  maxParents: 'number',
  knowledge: 'anything',
  compatibility: 'anything',
};

export const DISCOVER_OPTIONS: OptionShapes<DiscoverOptions> = {
  algorithm: 'text',
  test: 'text',
  score: 'text',
  penalty: 'number',
  equivalentSampleSize: 'number',
  structurePrior: 'number',
  bootstrap: 'number',
  seed: 'number',
  groups: ['text'],
  threshold: 'number',
  ...PC_OPTIONS,
};

export const PARALLEL_OPTIONS: OptionShapes<ParallelOptions> = {
  threads: 'number',
  signal: 'signal',
  onProgress: 'function',
  ...DISCOVER_OPTIONS,
};
