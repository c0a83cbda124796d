// One pair of variables while it is searched: the sets that are conditioned on, and what is said of it in the end. A
// link is supported, not supported, or undecided; what lacks power is never called independent.

import type { LinkReason } from '../causal/discovery/link-figures.js';
import type { Measured } from './error-aware.js';
import type { OneOf } from './interchangeable.js';
import { pooledTest, type PooledTest, type Question } from './pooled-test.js';
import type { SearchPace } from './search-pace.js';

/** Level of a single test. A chain's false shortcut is drawn in this share of studies at most. */
export const LINK_ALPHA = 0.01;
/** How many half-widths of its 95 % interval an estimate is from 0 that is significant at `LINK_ALPHA`. */
const CLEAR = 2.576 / 1.96;
/** Level of all links together (Holm). */
export const FAMILY_ALPHA = 0.05;
/** A correlation worth a link: "not supported" says that a larger one is ruled out. */
export const NOTABLE = 0.3;
/**
 * Direct correlation that the interval must exceed: forms whose errors are not quite independent, and curves that are
 * not quite cubic, leave as much over (case 3, data seed 6).
 */
export const MIN_DIRECT = 0.05;
export const MAX_GIVEN = 3;
/** Sets that are tried for one pair at one size. */
export const MAX_SETS = 200;

export type LinkVerdict = 'supported' | 'not-supported' | 'undecided';
export interface SearchedLink {
  readonly x: number;
  readonly y: number;
  readonly verdict: LinkVerdict;
  readonly reason?: LinkReason | undefined;
  /** Given nothing. */
  readonly marginal: PooledTest;
  /** The least convincing of all tests, and what was conditioned on there. */
  readonly direct: PooledTest;
  readonly given: readonly number[];
  /** The largest p of all tests, corrected for the number of links (Holm). */
  readonly q: number;
  /** For an interchangeable pair: the supported links with a group that this pair may be. */
  readonly oneOf?: readonly OneOf[] | undefined;
}

/** By split and fold the variables, in one order. */
export type Splits = readonly (readonly (readonly Measured[])[])[];

/** Asks for one set after the other until one explains the pair. */
export async function askAll(link: Link, sets: readonly (readonly number[])[], pace: SearchPace): Promise<void> {
  for (const given of sets) {
    if (!link.isOpen) return;
    await pace.rest();
    link.ask(given);
  }
}

export function firstOf<T>(items: Iterable<T>, most: number): T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length === most) break;
    first.push(item);
  }
  return first;
}

/** Returns sets of a size among the neighbours of either variable, without repetition. */
export function setsOf({ x, y }: Link, neighbours: readonly (readonly number[])[], size: number): number[][] {
  const found = new Map<string, number[]>();
  for (const [one, other] of [
    [x, y],
    [y, x],
  ]) {
    for (const set of subsets(
      neighbours[one].filter((v) => v !== other),
      size,
    )) {
      if (found.size < MAX_SETS) found.set(set.join(), set);
    }
  }
  return [...found.values()];
}

/** Yields all subsets of a size, in order. */
export function* subsets(of: readonly number[], size: number, from = 0): Generator<number[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let i = from; i <= of.length - size; i++) {
    for (const rest of subsets(of, size - 1, i + 1)) yield [of[i], ...rest];
  }
}

/** What is said of a pair that some set explains. @param direct the test given this set */
export function withoutLink(
  direct: Pick<PooledTest, 'correlation' | 'lower' | 'upper' | 'isIdentified'>,
): Pick<SearchedLink, 'verdict' | 'reason'> {
  const { correlation, lower, upper, isIdentified } = direct;
  if (isIdentified && upper < NOTABLE && lower > -NOTABLE) return { verdict: 'not-supported', reason: 'explained' };
  const isClear = Math.abs(correlation) > (CLEAR * (upper - lower)) / 2;
  return { verdict: 'undecided', reason: isClear ? 'inconsistent' : 'low-power' };
}

/** A pair while it is searched. */
export class Link {
  readonly x: number;
  readonly y: number;
  /** True until a set explains the pair. */
  isOpen = true;
  /** Sets that could explain it if they are measured badly enough. */
  readonly blind: (readonly number[])[] = [];
  worst!: PooledTest;
  readonly #splits: Splits;
  #marginal!: PooledTest;
  #given: readonly number[] = [];

  constructor({ x, y }: { readonly x: number; readonly y: number }, splits: Splits) {
    this.x = x;
    this.y = y;
    this.#splits = splits;
  }

  ask(given: readonly number[]): void {
    const question: Question = { x: this.x, y: this.y, given };
    const test = pooledTest(this.#splits, question);
    if (given.length === 0) this.#marginal = this.worst = test;
    if (!test.isIdentified && test.p > LINK_ALPHA) {
      this.blind.push(given);
      // Too few units have both: nothing is known of the pair, and it is no neighbour that others could owe to.
      if (given.length === 0) this.isOpen = false;
      return;
    }
    if (test.p >= this.worst.p) {
      this.worst = test;
      this.#given = given;
    }
    if (test.p > LINK_ALPHA) this.isOpen = false;
  }

  result(q: number, isBlind: boolean): SearchedLink {
    const { x, y, worst: direct } = this;
    const own = { x, y, marginal: this.#marginal, direct, given: this.#given, q };
    if (!this.isOpen) {
      return { ...own, ...withoutLink(direct) };
    }
    if (isBlind) return { ...own, verdict: 'undecided', reason: 'not-measured' };
    if (q > FAMILY_ALPHA) return { ...own, verdict: 'undecided', reason: 'corrected' };
    if (Math.max(direct.lower, -direct.upper) <= MIN_DIRECT) return { ...own, verdict: 'undecided', reason: 'small' };
    return { ...own, verdict: 'supported' };
  }
}
