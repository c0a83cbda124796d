// The scores of GES by name, with their options. A new score has its row here; options, help, and documents follow.

import type { DataColumn } from '../columns.js';
import { namesIn, type DeclaredOption, type Described } from '../declared.js';
import { bdeu, type BdeuOptions } from './discrete-score.js';
import { degenerateGaussian, gaussianBic } from './gaussian-score.js';
import type { LocalScore } from './local-score.js';

interface DeclaredScore extends Described {
  readonly make: (columns: readonly DataColumn[], options: BdeuOptions & { readonly penalty: number }) => LocalScore;
}

export const SCORES = {
  bic: {
    suits: 'continuous, linear, normal noise',
    method:
      '−(n ln σ² + penalty · parents · ln n) / 2 per variable; σ² is the variance that its parents do not explain',
    texts: 'none',
    make: (columns, { penalty }) => gaussianBic(columns, penalty),
  },
  bdeu: {
    suits: 'discrete, up to 100 levels, texts as levels',
    method:
      'probability of the data if all tables of probabilities are equally likely (Heckerman, Geiger & Chickering 1995)',
    texts: 'all',
    make: bdeu,
  },
  'degenerate-gaussian': {
    suits: 'continuous and discrete together',
    method:
      'bic with an indicator for all levels but one of a discrete column (Andrews, Ramsey & Cooper 2019). An edge ' +
      'costs the product of the numbers of columns of its ends. Kinds are as in the test mixed',
    texts: 'binary',
    make: (columns, { penalty }) => degenerateGaussian(columns, penalty),
  },
} as const satisfies Readonly<Record<string, DeclaredScore>>;

export type ScoreName = keyof typeof SCORES;

export const SCORE_NAMES = namesIn(SCORES);

/** Default penalty of an edge, as a multiple of the penalty of BIC. */
export const PENALTY = 2;

export const SCORE_OPTIONS = {
  /** Penalty of an edge in the score of `ges`, as a multiple of the penalty of BIC; 2 when left out. Not for `bdeu`. */
  penalty: {
    flag: '--penalty <factor>',
    help: `Penalty of an edge in the scores of ges except bdeu; 1 is BIC (default: ${PENALTY}).`,
    accepts: 'above 0',
  },
  /** Number of rows that the prior of the tables of `bdeu` counts as; 1 when left out. */
  equivalentSampleSize: {
    flag: '--equivalent-sample-size <n>',
    help: 'Equivalent sample size of the prior of bdeu, in rows (default: 1).',
    accepts: 'above 0',
  },
  /** Expected number of parents of a variable in `bdeu`; when left out 1, or 0.5 if there are only two columns. */
  structurePrior: {
    flag: '--structure-prior <n>',
    help: 'Expected number of parents per variable in bdeu (default: 1).',
    accepts: 'above 0',
  },
} as const satisfies Readonly<Record<string, DeclaredOption>>;
