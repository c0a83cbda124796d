// The shape of a data set, for functions that programs without types call.

import type { Shape } from '../errors/argument.js';

const SCALE: Shape = { name: 'text', offset: 'number', mean: 'number', sd: 'number' };

export const DATASET: Shape = {
  ids: ['text'],
  modalities: [{ name: 'text', columns: [SCALE], values: 'numbers', latents: 'number', exogenous: 'number' }],
  split: { train: 'numbers', validation: 'numbers', test: 'numbers' },
  'covariates?': ['typed array'],
  'causes?': [{ name: 'text', kind: 'text', effect: 'text', values: 'numbers', terms: [{}] }],
  'shared?': { latents: 'number', modalities: ['number'] },
};
