// What an independence test is to the algorithms, and a memory for the answers.

import type { Variable } from './causal-graph.js';

export interface TestResult {
  /** P-value of "x is independent of y given the others". */
  readonly p: number;
  /** Rows without a missing value among the variables of this test. */
  readonly rows: number;
}

export interface IndependenceTest {
  readonly variables: readonly Variable[];
  /** P-values that differ by less are compared as equal when colliders are ranked; 0 for none. */
  readonly resolution: number;
  /**
   * @param x position of a variable
   * @param y of another one
   * @param given of the variables that are held fixed
   * @throws InputError when the data do not allow the test (docs/causal-discovery.md lists the codes)
   */
  test(x: number, y: number, given: readonly number[]): TestResult;
}

/** How many tests were made, and on how many rows. */
export interface TestCounts {
  readonly tests: number;
  /** The fewest and the most rows that a test had; both 0 before the first. */
  readonly fewestRows: number;
  readonly mostRows: number;
}

/** A test that answers each question once; the order of x and y and of the others is free. */
export class RememberedTest {
  readonly #answers = new Map<string, number>();
  #fewest = Infinity;
  #most = 0;

  constructor(readonly test: IndependenceTest) {}

  p(x: number, y: number, given: readonly number[]): number {
    const [first, second] = x < y ? [x, y] : [y, x];
    const others = given.length < 2 ? given : [...given].sort((a, b) => a - b);
    const key = `${first},${second},${others.join()}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const { p, rows } = this.test.test(first, second, others);
    this.#fewest = Math.min(this.#fewest, rows);
    this.#most = Math.max(this.#most, rows);
    this.#answers.set(key, p);
    return p;
  }

  counts(): TestCounts {
    const tests = this.#answers.size;
    return { tests, fewestRows: tests === 0 ? 0 : this.#fewest, mostRows: this.#most };
  }
}
