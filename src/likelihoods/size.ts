// Sizes: what the counts of a modality are relative to. A size is not modelled.

import { InputError } from '../errors/errors.js';
import type { SizeKind } from './kind.js';

export const size: SizeKind = {
  form: 'numbers',
  noun: 'a size',
  documentation: {
    for: 'what the counts of the modality are relative to: total reads, person-years, area',
    cells: 'numbers above 0',
    learns: 'it is not modelled ([Sizes of counts](#sizes-of-counts))',
  },
  inChannels: false,
  accepts: (number) => number > 0 && number < Infinity,
  nouns: 'sizes (reads in all, person-years, areas)',
  accepted: 'are above 0',
  remedy: 'correct it, or leave the cell empty',
  error: (message, details) => new InputError('not-a-size', message, details),
  link: { text: 'a logarithm, with sd 1', logOffset: 0, of: Math.log, inverse: Math.exp },
  sd: 1,
  likelihood: undefined,
};
