// The kinds of columns: what each accepts, how its cells become values of a table, and its texts. To add one, write its
// row here and its likelihood in a file that index.ts lists. This file does not load the graph.

import { InputError } from '../errors/errors.js';
import * as special from '../graph/special.js';
import type { Arithmetic, Kind, LikelihoodKind, NumberKind, SizeKind } from './kind.js';
import { EQUALITY, POSITION, REACHED } from './level-coding.js';
import type { ValueScale } from './likelihood.js';

/** Maximum range of whole numbers that are levels rather than counts. */
const MAX_RANGE = 10;

/** All that the kinds of counts have in common. */
const COUNTS = {
  form: 'numbers',
  noun: 'a count',
  inChannels: false,
  isCount: true,
  isSize: false,
  accepts: (number) => Number.isInteger(number) && number >= 0,
  nearest: Math.round,
  nouns: 'counts',
  accepted: 'are whole numbers from 0 on',
  remedy: 'correct it, or choose another kind (gaussian, robust)',
  error: (message, details) => new InputError('not-a-count', message, details),
  link: { text: 'ln(1 + count)', logOffset: 1, of: Math.log1p, inverse: Math.expm1 },
  sd: 'fitted',
  // ln of the count that the mean value stands for. For rare counts this is ln of their mean; for other counts it is
  // close to that.
  offset: (mean) => Math.log(Math.expm1(mean)),
} as const satisfies Omit<NumberKind, 'documentation'>;

const logit = <T>(share: T, of: Arithmetic<T>): T => of.log(of.divide(share, of.subtract(of.number(1), share)));

const NUMBERS: Arithmetic<number> = {
  number: (value) => value,
  log: Math.log,
  subtract: (value, subtrahend) => value - subtrahend,
  divide: (value, divisor) => value / divisor,
};

/** Kinds with a likelihood. Names in study files, descriptions of modalities and saved models. */
const WITH_LIKELIHOOD = {
  gaussian: {
    form: 'measured',
    noun: 'gaussian',
    documentation: {
      for: 'measurements',
      cells: 'numbers',
      learns: 'nothing: the variance is ½ of standardised values',
    },
    inChannels: true,
    isSquaredError: true,
  },
  'learned-noise': {
    form: 'measured',
    noun: 'learned-noise',
    documentation: {
      for: 'measurements, some much noisier than other ones',
      cells: 'numbers',
      learns: 'its noise σ',
    },
    inChannels: true,
    isSquaredError: false,
  },
  robust: {
    form: 'measured',
    noun: 'robust',
    documentation: {
      for: 'measurements with extreme values that are true',
      cells: 'numbers',
      learns: 'the scale of a Student t with 4 degrees of freedom',
    },
    inChannels: true,
    isSquaredError: false,
  },
  binary: {
    form: 'levels',
    noun: 'binary',
    documentation: { for: 'yes or no', cells: 'two numbers or two texts', learns: 'nothing' },
    inChannels: true,
    minLevels: 2,
    maxLevels: 2,
    coding: POSITION,
    guess: {
      kinds: 'binary',
      matches: ({ different }) => different === 2,
      reason: ({ min, max }, without) => `the values are ${min} and ${max}${without}`,
    },
  },
  categorical: {
    form: 'levels',
    noun: 'categorical',
    documentation: { for: 'levels without order', cells: 'numbers or texts', learns: 'nothing' },
    inChannels: false,
    minLevels: 2,
    maxLevels: Infinity,
    coding: EQUALITY,
  },
  ordinal: {
    form: 'levels',
    noun: 'ordinal',
    documentation: {
      for: 'grades, Likert scales',
      cells: 'numbers, or texts whose order `levels` gives',
      learns: 'the thresholds between its levels',
    },
    inChannels: false,
    minLevels: 3,
    maxLevels: Infinity,
    coding: REACHED,
    guess: {
      kinds: 'ordinal or categorical',
      matches: ({ isWhole, min, max }) => isWhole && max - min <= MAX_RANGE,
      reason: ({ min, max }, without) => `whole numbers ${min} to ${max}${without}; categorical if they have no order`,
    },
  },
  count: {
    ...COUNTS,
    documentation: {
      for: 'events, sequencing reads',
      cells: 'whole numbers from 0 on',
      learns: 'its dispersion (negative binomial)',
    },
    guess: {
      kinds: 'count',
      // The variance of Poisson counts is their mean.
      matches: ({ isWhole, min, mean, sd }) => isWhole && min === 0 && sd ** 2 > mean,
      reason: ({ max }, without) => `whole numbers 0 to ${max}${without} that vary more than their mean`,
    },
  },
  poisson: {
    ...COUNTS,
    documentation: { for: 'counts without overdispersion', cells: 'whole numbers from 0 on', learns: 'nothing' },
  },
  beta: {
    form: 'numbers',
    noun: 'a share',
    nouns: 'shares',
    documentation: {
      for: 'shares: DNA methylation, percentages divided by 100',
      cells: 'numbers above 0 and below 1',
      learns: 'its precision φ',
    },
    inChannels: false,
    isCount: false,
    isSize: false,
    accepts: (number) => number > 0 && number < 1,
    accepted: 'are above 0 and below 1',
    remedy:
      'divide percentages by 100; replace exact 0 and 1 by the smallest and largest share that can be measured ' +
      '(recode), or choose another kind',
    link: { text: 'the logit', of: (share) => logit(share, NUMBERS), inverse: special.sigmoid, exported: logit },
    sd: 'fitted',
    offset: (mean) => mean,
  },
} as const satisfies Readonly<Record<string, LikelihoodKind>>;

/** The size, to which the counts of the same table are relative. Encoders read it, and no decoder predicts it. */
const size: SizeKind = {
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
  isSize: true,
};

const KINDS = { ...WITH_LIKELIHOOD, size } as const;

export type LikelihoodName = keyof typeof WITH_LIKELIHOOD;
export type ColumnKind = keyof typeof KINDS;

export const LIKELIHOOD_NAMES = Object.keys(WITH_LIKELIHOOD) as readonly LikelihoodName[];
export const COLUMN_KINDS = Object.keys(KINDS) as readonly ColumnKind[];

/** Returns the kind of a column; `gaussian` for a column that names none. */
export function kindNamed(name: ColumnKind = 'gaussian'): Kind {
  return KINDS[name];
}

/** Returns the scale that the likelihood of a column reads. @param scale of the values of the column */
export function valueScale(
  likelihood: LikelihoodName,
  { mean, sd }: Pick<ValueScale<number>, 'mean' | 'sd'>,
): ValueScale<number> {
  const kind: LikelihoodKind = WITH_LIKELIHOOD[likelihood];
  return { mean, sd, offset: kind.form === 'numbers' ? kind.offset(mean) : 0 };
}
