// Options of discovery and their types. This module is separate so that a check of options does not load the search.

import type { OptionShapes } from '../../errors/argument.js';
import type { ColliderPriority, ColliderRule } from './search/colliders.js';
import type { Compatibility } from './search/compatibility.js';
import type { BdeuOptions } from './search/discrete-score.js';
import type { BackgroundKnowledge } from './search/knowledge.js';

export const TEST_NAMES = ['fisherz', 'chisq', 'gsq', 'mixed', 'kci', 'rcit'] as const;
export type TestName = (typeof TEST_NAMES)[number];

export const SCORE_NAMES = ['bic', 'bdeu', 'degenerate-gaussian'] as const;
export type ScoreName = (typeof SCORE_NAMES)[number];

export const ALGORITHMS = ['pc', 'fci', 'ges'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Options of all algorithms that test independences. */
export interface ConstraintOptions {
  /** Significance level in (0, 1), 0.05 when left out. Variables with a larger p count as independent. */
  readonly alpha?: number;
  /** Maximum number of variables to condition on; unlimited when left out. */
  readonly maxConditioning?: number;
  readonly knowledge?: BackgroundKnowledge;
  /**
   * Makes the decisions in which another program differs from this one as that program does: `causal-learn`, or some of
   * its choices.
   */
  readonly compatibility?: Compatibility;
}

export const CONSTRAINT_OPTIONS: OptionShapes<ConstraintOptions> = {
  alpha: 'number',
  maxConditioning: 'number',
  // Checked by `parseKnowledge`.
  knowledge: 'anything',
  compatibility: 'anything',
};

export interface PcOptions extends ConstraintOptions {
  /** Decides which unshielded triples are colliders; `sepset` when left out. */
  readonly rule?: ColliderRule;
  /** Decides which collider wins if two disagree about an edge; `existing` when left out. */
  readonly priority?: ColliderPriority;
}

export const PC_OPTIONS: OptionShapes<PcOptions> = { ...CONSTRAINT_OPTIONS, rule: 'text', priority: 'text' };

export interface GesOptions {
  /** Maximum number of parents of a variable in a DAG of the class; unlimited when left out. */
  readonly maxParents?: number | undefined;
  /** Restricts the search to classes with a DAG that it allows, and directs edges in the result. */
  readonly knowledge?: BackgroundKnowledge | undefined;
  readonly compatibility?: Compatibility | undefined;
}

export const GES_OPTIONS: OptionShapes<GesOptions> = {
  maxParents: 'number',
  knowledge: 'anything',
  compatibility: 'anything',
};

export interface DiscoverOptions extends PcOptions, BdeuOptions {
  /**
   * `pc` when left out. `fci` allows unmeasured common causes; it ignores `rule` and `priority`. `ges` uses scores
   * instead of tests; it also ignores `alpha`.
   */
  readonly algorithm?: Algorithm;
  /**
   * `fisherz` (linear, continuous; when left out), `chisq` or `gsq` (discrete), `mixed` (continuous, ordinal, binary),
   * `kci` or `rcit` (continuous, any shape).
   */
  readonly test?: TestName;
  /**
   * Score of `ges`: `bic` (linear, continuous; when left out), `bdeu` (discrete), `degenerate-gaussian` (continuous and
   * discrete).
   */
  readonly score?: ScoreName;
  /** Penalty of an edge in the score of `ges`, as a multiple of the penalty of BIC; 2 when left out. Not for `bdeu`. */
  readonly penalty?: number;
  /** Number of half-samples of the rows, in pairs of disjoint halves, for the shares of edges; 0 when left out. */
  readonly halfSamples?: number;
  /** Seed of the half-samples; 0 when left out. */
  readonly seed?: number;
  /** Group of each row, if rows belong together (windows, visits, siblings). Half-samples contain whole groups. */
  readonly groups?: readonly string[] | undefined;
  /**
   * In (0, 1]: the result has the edges that at least this share of the half-samples have; see `stableGraph`.
   */
  readonly threshold?: number;
}

export const DISCOVER_OPTIONS: OptionShapes<DiscoverOptions> = {
  algorithm: 'text',
  test: 'text',
  score: 'text',
  penalty: 'number',
  equivalentSampleSize: 'number',
  structurePrior: 'number',
  halfSamples: 'number',
  seed: 'number',
  groups: ['text'],
  threshold: 'number',
  ...PC_OPTIONS,
};

export interface ParallelOptions extends DiscoverOptions {
  /** Number of worker threads; the number of cores when left out. */
  readonly threads?: number;
  /** Aborting ends the workers; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after every task. All data is one task, and so is each half-sample. */
  readonly onProgress?: (done: number, total: number) => void;
}

export const PARALLEL_OPTIONS: OptionShapes<ParallelOptions> = {
  threads: 'number',
  signal: 'signal',
  onProgress: 'function',
  ...DISCOVER_OPTIONS,
};
