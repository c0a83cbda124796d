// What may be asked of discovery, and of which kind each option is; a file of its own, so that whoever checks options
// loads no search.

import type { OptionShapes } from '../../argument.js';
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
  /** Significance level: variables count as independent where p is larger; in (0, 1), 0.05 when left out. */
  readonly alpha?: number;
  /** Most variables to condition on; unlimited when left out. */
  readonly maxConditioning?: number;
  readonly knowledge?: BackgroundKnowledge;
  /**
   * Decides as another program does where it decides otherwise than this one: `causal-learn`, or some of its choices.
   */
  readonly compatibility?: Compatibility;
}

export const CONSTRAINT_OPTIONS: OptionShapes<ConstraintOptions> = {
  alpha: 'number',
  maxConditioning: 'number',
  // By `parseKnowledge`.
  knowledge: 'anything',
  compatibility: 'anything',
};

export interface PcOptions extends ConstraintOptions {
  /** Which unshielded triples are colliders; `sepset` when left out. */
  readonly rule?: ColliderRule;
  /** Which collider wins when two disagree about an edge; `existing` when left out. */
  readonly priority?: ColliderPriority;
}

export const PC_OPTIONS: OptionShapes<PcOptions> = { ...CONSTRAINT_OPTIONS, rule: 'text', priority: 'text' };

export interface GesOptions {
  /** Most parents that a variable may have in a DAG of the class; unlimited when left out. */
  readonly maxParents?: number | undefined;
  /** Only classes with a DAG that it allows are gone through; it directs what it can in the answer. */
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
   * `pc` when left out. `fci` where causes may be unmeasured, which needs no `rule` and no `priority`. `ges` by scores
   * instead of tests; it needs none of these, and no `alpha`.
   */
  readonly algorithm?: Algorithm;
  /**
   * `fisherz` (linear, continuous; when left out), `chisq` or `gsq` (discrete), `mixed` (continuous, ordinal, binary),
   * `kci` or `rcit` (continuous, any shape).
   */
  readonly test?: TestName;
  /**
   * Of `ges`: `bic` (linear, continuous; when left out), `bdeu` (discrete), `degenerate-gaussian` (continuous and
   * discrete).
   */
  readonly score?: ScoreName;
  /** Of an edge in the score of `ges`, times BIC's; 2 when left out. `bdeu` has none. */
  readonly penalty?: number;
  /** Half-samples of the rows, in pairs of disjoint halves, for the shares of edges; 0 when left out. */
  readonly halfSamples?: number;
  /** Of the half-samples; 0 when left out. */
  readonly seed?: number;
  /** Of each row, where rows belong together (windows, visits, siblings): half-samples have whole groups. */
  readonly groups?: readonly string[] | undefined;
  /**
   * In (0, 1]: the graph is that of the edges found in at least this share of the half-samples; see `stableGraph`.
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
  /** Worker threads; as many as there are cores when left out. */
  readonly threads?: number;
  /** Aborting ends the workers; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after every task: all data, then each half-sample. */
  readonly onProgress?: (done: number, total: number) => void;
}

export const PARALLEL_OPTIONS: OptionShapes<ParallelOptions> = {
  threads: 'number',
  signal: 'signal',
  onProgress: 'function',
  ...DISCOVER_OPTIONS,
};
