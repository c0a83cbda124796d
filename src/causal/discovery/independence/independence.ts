// Independence tests as the algorithms see them, and a memory for their answers.

import type { Variable } from '../causal-graph.js';
import { combinations } from '../search/subsets.js';

export interface TestResult {
  /** P-value of "x is independent of y given the others". */
  readonly p: number;
  /** Rows without a missing value among the variables of this test. */
  readonly rows: number;
  /** `p` is an upper bound of the p-value. */
  readonly isBound?: true;
}

/** Do any sets of `size` of the candidates of one end, or of the other, separate x and y? */
export interface SetQuestion {
  readonly x: number;
  readonly y: number;
  /** Ascending; x and y may be among them and are skipped. */
  readonly candidates: readonly [readonly number[], readonly number[]];
  readonly size: number;
  /** A set separates when p is larger. */
  readonly alpha: number;
}

export interface SetsFound {
  /** Largest p-value among them, 0 where there are none. */
  readonly largest: number;
  /** Those sets of which p is larger than α. */
  readonly separation?: Separation;
}

/** Why two variables count as independent. */
export interface Separation {
  /** The set, of those of its size, with the largest p-value; null where background knowledge removed the edge. */
  readonly given: readonly number[] | null;
  readonly p: number;
  /** Every variable that is in any separating set of that size. */
  readonly union: readonly number[];
}

export interface IndependenceTest {
  readonly variables: readonly Variable[];
  /** P-values that differ by less are compared as equal when colliders are ranked; 0 for none. */
  readonly resolution: number;
  /**
   * @param x position of a variable
   * @param y of another one
   * @param given positions of the variables to condition on
   * @param negligible a p-value up to this may be answered by an upper bound up to this; 0 when left out
   * @throws InputError when the data do not allow the test (docs/causal-discovery.md lists the codes)
   */
  test(x: number, y: number, given: readonly number[], negligible?: number): TestResult;
  /** The result of testing every set, where there is a faster way to it; undefined where there is none. */
  separatingSets?(question: SetQuestion): (SetsFound & { readonly tests: number; readonly rows: number }) | undefined;
}

/** The number of tests, and of their rows. */
export interface TestCounts {
  readonly tests: number;
  /** The fewest and the most rows that a test had; both 0 before the first. */
  readonly fewestRows: number;
  readonly mostRows: number;
}

/** Answers that a test gave, for the same test in another thread. */
export interface Learned {
  readonly answers: readonly (readonly [question: string, p: number])[];
  readonly tests: number;
  readonly fewest: number;
  readonly most: number;
}

const NOTHING = { tests: 0, fewest: Infinity, most: 0 };

/** A test that computes each answer once, whatever the order of x and y and of the others. */
export class RememberedTest {
  readonly #answers = new Map<string, number>();
  readonly #counted = { ...NOTHING };
  #news: typeof NOTHING & { answers: [question: string, p: number][] } = { ...NOTHING, answers: [] };

  constructor(readonly test: IndependenceTest) {}

  p(x: number, y: number, given: readonly number[]): number {
    return this.#ask(x, y, given, { negligible: 0 });
  }

  /** @param bounds answers to this question that are not p-values, but as good */
  #ask(
    x: number,
    y: number,
    given: readonly number[],
    { negligible, bounds }: { negligible: number; bounds?: Map<string, number> },
  ): number {
    const [first, second] = x < y ? [x, y] : [y, x];
    const others = given.length < 2 ? given : [...given].sort((a, b) => a - b);
    const key = `${first},${second},${others.join()}`;
    const known = this.#answers.get(key) ?? bounds?.get(key);
    if (known !== undefined) return known;
    const { p, rows, isBound = false } = this.test.test(first, second, others, negligible);
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
  separatingSets(question: SetQuestion): SetsFound {
    const found = this.test.separatingSets?.(question);
    if (found === undefined) return this.#oneByOne(question);
    this.#count(found.tests, found.rows, found.rows);
    return found;
  }

  #oneByOne({ x, y, candidates, size, alpha }: SetQuestion): SetsFound {
    const union = new Set<number>();
    const bounds = new Map<string, number>();
    let given: number[] | undefined;
    let largest = 0;
    for (const from of candidates) {
      const others = from.filter((node) => node !== x && node !== y);
      for (const set of combinations(others, size)) {
        // Below α and the largest so far, how small a p-value is makes no difference.
        const p = this.#ask(x, y, set, { negligible: Math.min(alpha, largest), bounds });
        if (p > alpha && p > largest) given = set;
        if (p > alpha) for (const node of set) union.add(node);
        largest = Math.max(largest, p);
      }
    }
    if (given === undefined) return { largest };
    return { largest, separation: { given, p: largest, union: [...union].sort((a, b) => a - b) } };
  }

  /** The answers since the last call. */
  news(): Learned {
    const news: Learned = this.#news;
    this.#news = { ...NOTHING, answers: [] };
    return news;
  }

  learn({ answers, tests, fewest, most }: Learned): void {
    for (const [question, p] of answers) this.#answers.set(question, p);
    this.#count(tests, fewest, most);
  }

  counts(): TestCounts {
    const { tests, fewest, most } = this.#counted;
    return { tests, fewestRows: tests === 0 ? 0 : fewest, mostRows: most };
  }

  #count(tests: number, fewest: number, most: number): void {
    for (const counted of [this.#counted, this.#news]) {
      counted.tests += tests;
      counted.fewest = Math.min(counted.fewest, fewest);
      counted.most = Math.max(counted.most, most);
    }
  }
}
