// Independence tests as the algorithms use them, and a cache of their results.

import type { Variable } from '../causal-graph.js';
import { combinations } from '../search/subsets.js';

export interface TestResult {
  /** P-value of the hypothesis that x is independent of y given the conditioning variables. */
  readonly p: number;
  /** Rows without a missing value among the variables of this test. */
  readonly rows: number;
  /** True if `p` is only an upper bound of the p-value. */
  readonly isBound?: true;
}

/** Asks if any set of `size` candidates of one end, or of the other end, separates x and y. */
export interface SetQuestion {
  readonly x: number;
  readonly y: number;
  /** Candidates of x and of y, ascending. They may include x and y, which are skipped. */
  readonly candidates: readonly [readonly number[], readonly number[]];
  readonly size: number;
  /** A set separates x and y if p is larger than this. */
  readonly alpha: number;
}

export interface SetAnswer {
  /** Largest p-value over all sets; 0 if there are none. */
  readonly maxP: number;
  /** The sets with p larger than α, if any. */
  readonly separation?: Separation;
}

/** The reason why two variables count as independent. */
export interface Separation {
  /** The set with the largest p-value among those of its size; null if background knowledge removed the edge. */
  readonly conditioning: readonly number[] | null;
  readonly p: number;
  /** All variables that are in a separating set of that size. */
  readonly union: readonly number[];
}

/** A variable that marks an environment. */
export interface Context {
  readonly position: number;
  /** Positions of the variables that the environment changes, if they are known. */
  readonly targets?: readonly number[] | undefined;
}

export interface IndependenceTest {
  readonly variables: readonly Variable[];
  /**
   * Variables that mark environments. No other variable causes them, and every test conditions on all of them, so that
   * they are no candidates for a separating set.
   */
  readonly contexts?: readonly Context[];
  /** P-values that differ by less count as equal when colliders are ranked; 0 for an exact comparison. */
  readonly resolution: number;
  /**
   * @param x position of a variable
   * @param y position of another variable
   * @param conditioning positions of the variables to condition on
   * @param negligible for a p-value up to this, the result may be an upper bound up to this; 0 when left out
   * @throws InputError when the data do not allow the test (docs/reference/causal-discovery.md lists the codes)
   */
  test(x: number, y: number, conditioning: readonly number[], negligible?: number): TestResult;
  /** Returns the result of testing every set by a faster method; undefined if there is none. */
  separatingSets?(question: SetQuestion): (SetAnswer & { readonly tests: number; readonly rows: number }) | undefined;
}

/** Number of tests and of their rows. */
export interface TestCounts {
  readonly tests: number;
  /** Minimum and maximum number of rows of a test; both 0 before the first test. */
  readonly minRows: number;
  readonly maxRows: number;
}

/** Results of a test, for the cache of the same test in another thread. */
export interface Learned {
  readonly answers: readonly (readonly [question: string, p: number])[];
  readonly tests: number;
  readonly min: number;
  readonly max: number;
}

const NOTHING = { tests: 0, min: Infinity, max: 0 };

/** A test that computes each p-value once. The order of x and y and of the conditioning variables does not matter. */
export class RememberedTest {
  readonly #answers = new Map<string, number>();
  readonly #counted = { ...NOTHING };
  #news: typeof NOTHING & { answers: [question: string, p: number][] } = { ...NOTHING, answers: [] };

  constructor(readonly test: IndependenceTest) {}

  p(x: number, y: number, conditioning: readonly number[]): number {
    return this.#ask(x, y, conditioning, { negligible: 0 });
  }

  /** @param bounds upper bounds that suffice for the current question, in addition to the cached p-values */
  #ask(
    x: number,
    y: number,
    conditioning: readonly number[],
    { negligible, bounds }: { negligible: number; bounds?: Map<string, number> },
  ): number {
    const [first, second] = x < y ? [x, y] : [y, x];
    const sorted = conditioning.length < 2 ? conditioning : [...conditioning].sort((a, b) => a - b);
    const key = `${first},${second},${sorted.join()}`;
    const known = this.#answers.get(key) ?? bounds?.get(key);
    if (known !== undefined) return known;
    const { p, rows, isBound = false } = this.test.test(first, second, sorted, negligible);
    this.#count(1, rows, rows);
    if (isBound) {
      bounds?.set(key, p);
    } else {
      this.#answers.set(key, p);
      this.#news.answers.push([key, p]);
    }
    return p;
  }

  /** Tests every set of the question. */
  separatingSets(question: SetQuestion): SetAnswer {
    const answer = this.test.separatingSets?.(question);
    if (answer === undefined) return this.#oneByOne(question);
    this.#count(answer.tests, answer.rows, answer.rows);
    return answer;
  }

  #oneByOne({ x, y, candidates, size, alpha }: SetQuestion): SetAnswer {
    const union = new Set<number>();
    const bounds = new Map<string, number>();
    let conditioning: number[] | undefined;
    let maxP = 0;
    for (const from of candidates) {
      const items = from.filter((node) => node !== x && node !== y);
      for (const set of combinations(items, size)) {
        // Below α and the largest p-value so far, the exact p-value does not matter.
        const p = this.#ask(x, y, set, { negligible: Math.min(alpha, maxP), bounds });
        if (p > alpha && p > maxP) conditioning = set;
        if (p > alpha) for (const node of set) union.add(node);
        maxP = Math.max(maxP, p);
      }
    }
    if (conditioning === undefined) return { maxP };
    return { maxP, separation: { conditioning, p: maxP, union: [...union].sort((a, b) => a - b) } };
  }

  /** Returns the results since the last call. */
  news(): Learned {
    const news: Learned = this.#news;
    this.#news = { ...NOTHING, answers: [] };
    return news;
  }

  learn({ answers, tests, min, max }: Learned): void {
    for (const [question, p] of answers) this.#answers.set(question, p);
    this.#count(tests, min, max);
  }

  counts(): TestCounts {
    const { tests, min, max } = this.#counted;
    return { tests, minRows: tests === 0 ? 0 : min, maxRows: max };
  }

  #count(tests: number, min: number, max: number): void {
    for (const counted of [this.#counted, this.#news]) {
      counted.tests += tests;
      counted.min = Math.min(counted.min, min);
      counted.max = Math.max(counted.max, max);
    }
  }
}
