// The tests of conditional independence by name. A new test has its row here; `independenceTest`, options, help, and
// documents follow. ../index.ts exports its function.

import type { DataColumn } from '../columns.js';
import { namesIn, type Described } from '../declared.js';
import { chiSquare, gSquare } from './contingency.js';
import { fisherZ } from './fisher-z.js';
import { gcm } from './gcm.js';
import type { IndependenceTest } from './independence.js';
import { kci, type KciOptions } from './kci.js';
import { mixedTest } from './mixed.js';
import { rcit } from './rcit.js';

interface DeclaredTest extends Described {
  readonly make: (columns: readonly DataColumn[], options: KciOptions) => IndependenceTest;
}

export const TESTS = {
  fisherz: {
    suits: 'continuous, linear, normal noise',
    method: 'z-transform of the partial correlation, √(n − |S| − 3)',
    texts: 'none',
    make: fisherZ,
  },
  chisq: {
    suits: 'discrete, up to 100 levels, texts as levels',
    method: 'χ², with the degrees of freedom of the non-empty rows and columns of every stratum',
    texts: 'all',
    make: chiSquare,
  },
  gsq: {
    suits: 'discrete, up to 100 levels, texts as levels',
    method: 'likelihood ratio, with the same degrees of freedom',
    texts: 'all',
    make: gSquare,
  },
  mixed: {
    suits: 'continuous, ordinal, and binary together',
    method: 'likelihood ratio of regressions in both directions; p = min(2 min(p₁, p₂), max(p₁, p₂))',
    texts: 'binary',
    make: mixedTest,
  },
  kci: {
    suits: 'continuous, relations of any shape',
    method: 'kernel test (Zhang et al. 2011); gamma distribution with the first two moments of the null',
    texts: 'none',
    make: kci,
  },
  rcit: {
    suits: 'the same, faster',
    method: 'kci by random Fourier features (Strobl et al. 2019); the same gamma distribution',
    texts: 'none',
    make: (columns) => rcit(columns),
  },
  gcm: {
    suits: 'continuous, relations of most shapes, faster than kci',
    method:
      'generalised covariance measure (Shah & Peters 2020) of polynomials of ranks; χ². It is nearer to its level ' +
      'than kci if S has strong effects that are not linear',
    texts: 'none',
    make: gcm,
  },
} as const satisfies Readonly<Record<string, DeclaredTest>>;

export type TestName = keyof typeof TESTS;

export const TEST_NAMES = namesIn(TESTS);
