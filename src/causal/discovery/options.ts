// Options of discovery: each is declared once, with its type, checks, flag, and help.

import type { OptionShapes } from '../../errors/argument.js';
import { shapesOf, type DeclaredOption, type OptionsOf } from './declared.js';
import type { Environments } from './environments.js';
import { MAX_HALF_SAMPLES } from './half-samples.js';
import { TEST_NAMES } from './independence/tests.js';
import { COLLIDER_PRIORITIES, COLLIDER_RULES } from './search/colliders.js';
import type { Compatibility } from './search/compatibility.js';
import type { BackgroundKnowledge } from './search/knowledge.js';
import { MEANS } from './search/interventional-score.js';
import { SCORE_NAMES, SCORE_OPTIONS } from './search/scores.js';

export const ALGORITHMS = ['pc', 'fci', 'ges', 'gies'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Options of the search, in the order of the help. */
export const SEARCH_OPTIONS = {
  /**
   * `pc` when left out. `fci` allows unmeasured common causes; it ignores `rule` and `priority`. `ges` uses scores
   * instead of tests; it also ignores `alpha`. `gies` is `ges` for `environments` with known targets.
   */
  algorithm: {
    flag: '--algorithm <name>',
    help:
      'Algorithm. fci allows unmeasured common causes; ges uses scores instead of tests; gies is ges for ' +
      '--environments with --targets.',
    accepts: ALGORITHMS,
    default: 'pc',
  },
  /** Test of conditional independence; `fisherz` when left out. */
  test: {
    flag: '--test <name>',
    help: 'Test of conditional independence.',
    accepts: TEST_NAMES,
    default: 'fisherz',
  },
  /** Significance level in (0, 1), 0.05 when left out. Variables with a larger p count as independent. */
  alpha: {
    flag: '--alpha <p>',
    help: 'Call variables independent above this p-value.',
    accepts: { between: [0, 1] },
    default: 0.05,
  },
  /** Decides which unshielded triples are colliders; `sepset` when left out. */
  rule: {
    flag: '--rule <name>',
    help: 'Rule that finds colliders.',
    accepts: COLLIDER_RULES,
    default: 'sepset',
  },
  /** Decides which collider wins if two disagree about an edge; `existing` when left out. */
  priority: {
    flag: '--priority <name>',
    help: 'Rule for conflicting colliders.',
    accepts: COLLIDER_PRIORITIES,
    default: 'existing',
  },
  /** Maximum number of variables to condition on, or of parents in `ges`; unlimited when left out. */
  maxConditioning: {
    flag: '--max-conditioning <n>',
    help: 'Largest number of conditioning variables.',
    accepts: { whole: [0] },
  },
  /** Score of `ges` and `gies`; `bic` when left out. */
  score: {
    flag: '--score <name>',
    help: 'Score of ges and gies.',
    accepts: SCORE_NAMES,
    default: 'bic',
  },
  ...SCORE_OPTIONS,
  /**
   * Means of the columns in `gies`: `environment` for separate ones in each environment, or `shared` by all
   * environments that do not set the column, as in pcalg. `environment` for the score `bic` when left out; other scores
   * share them.
   */
  means: {
    flag: '--means <whose>',
    help: 'Means of columns in gies: of each environment, or shared by all that do not set the column.',
    accepts: MEANS,
  },
} as const satisfies Readonly<Record<string, DeclaredOption>>;

/** Options of half-samples, in the order of the help. */
export const STABILITY_OPTIONS = {
  /** Number of half-samples of the rows, in pairs of disjoint halves, for the shares of edges; 0 when left out. */
  halfSamples: {
    flag: '--half-samples <n>',
    help: 'Pairs of disjoint half-samples of the rows, which give the share of each edge.',
    accepts: { whole: [0, MAX_HALF_SAMPLES] },
    default: 0,
  },
  /** In (0, 1]: the result has the edges that at least this share of the half-samples have; see `stableGraph`. */
  threshold: {
    flag: '--threshold <share>',
    help: 'Keep edges found in this share of half-samples.',
    accepts: { between: [0, 1] },
  },
  /** Seed of the half-samples; 0 when left out. */
  seed: {
    flag: '--seed <n>',
    help: 'Seed of the half-samples.',
    accepts: { whole: [0] },
    default: 0,
  },
} as const satisfies Readonly<Record<string, DeclaredOption>>;

/** True if the algorithm uses a score instead of a test. */
export function isScored({ algorithm }: { readonly algorithm?: Algorithm | undefined }): boolean {
  return algorithm === 'ges' || algorithm === 'gies';
}

type SearchOptions = OptionsOf<typeof SEARCH_OPTIONS>;

interface SharedOptions {
  readonly knowledge?: BackgroundKnowledge | undefined;
  /**
   * Makes the decisions in which another program differs from this one as that program does: `causal-learn`, or some of
   * its choices.
   */
  readonly compatibility?: Compatibility | undefined;
}

// `parseKnowledge` and `compileCompatibility` check these.
const SHARED: OptionShapes<SharedOptions> = { knowledge: 'anything', compatibility: 'anything' };

/** Options of all algorithms that test independences. */
export interface ConstraintOptions extends SharedOptions, Pick<SearchOptions, 'alpha' | 'maxConditioning'> {}

export interface PcOptions extends ConstraintOptions, Pick<SearchOptions, 'rule' | 'priority'> {}

export interface GesOptions extends SharedOptions {
  /** Maximum number of parents of a variable in a DAG of the class; unlimited when left out. */
  readonly maxParents?: number | undefined;
}

export interface DiscoverOptions extends SharedOptions, SearchOptions, OptionsOf<typeof STABILITY_OPTIONS> {
  /** Group of each row, if rows belong together (windows, visits, siblings). Half-samples contain whole groups. */
  readonly groups?: readonly string[] | undefined;
  /**
   * Environments of the rows. `gies` needs the targets of every level. `pc` and `fci` need a reference; they add a
   * context variable for every other level (joint causal inference).
   */
  readonly environments?: Environments | undefined;
}

export interface ParallelOptions extends DiscoverOptions {
  /** Number of worker threads; the number of cores when left out. */
  readonly threads?: number;
  /** Aborting ends the workers; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after every task. All data is one task, and so is each half-sample. */
  readonly onProgress?: (done: number, total: number) => void;
}

const { alpha, maxConditioning, rule, priority, ...otherShapes } = shapesOf({
  ...SEARCH_OPTIONS,
  ...STABILITY_OPTIONS,
});

export const CONSTRAINT_OPTIONS: OptionShapes<ConstraintOptions> = { alpha, maxConditioning, ...SHARED };

export const PC_OPTIONS: OptionShapes<PcOptions> = { ...CONSTRAINT_OPTIONS, rule, priority };

export const GES_OPTIONS: OptionShapes<GesOptions> = { maxParents: 'number', ...SHARED };

export const DISCOVER_OPTIONS: OptionShapes<DiscoverOptions> = {
  ...otherShapes,
  groups: ['text'],
  environments: {},
  ...PC_OPTIONS,
};

export const PARALLEL_OPTIONS: OptionShapes<ParallelOptions> = {
  threads: 'number',
  signal: 'signal',
  onProgress: 'function',
  ...DISCOVER_OPTIONS,
};
