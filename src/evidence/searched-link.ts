// One pair of variables during a search: its conditioning sets and its verdict. A link is supported, not supported, or
// undecided. A pair without enough power is never called independent.

import type { LinkReason } from '../causal/discovery/link-figures.js';
import { FAMILY_ALPHA, LINK_ALPHA, MIN_DIRECT, NOTABLE } from '../causal/discovery/link-power.js';
import type { Measured } from './error-aware.js';
import type { OneOf } from './interchangeable.js';
import { pooledTest, type PooledTest, type Question } from './pooled-test.js';
import type { SearchPace } from './search-pace.js';

export { FAMILY_ALPHA, LINK_ALPHA, MIN_DIRECT, NOTABLE };

/** Distance from 0, in half-widths of its 95 % interval, of an estimate that is significant at `LINK_ALPHA`. */
const CLEAR = 2.576 / 1.96;
export const MAX_CONDITIONING = 3;
/** Maximum number of sets of one size that are tested for one pair. */
export const MAX_SETS = 200;

export type LinkVerdict = 'supported' | 'not-supported' | 'undecided';
export interface SearchedLink {
  readonly x: number;
  readonly y: number;
  readonly verdict: LinkVerdict;
  readonly reason?: LinkReason | undefined;
  /** The test without conditioning. */
  readonly marginal: PooledTest;
  /** The least significant of all tests, and its conditioning variables. */
  readonly direct: PooledTest;
  readonly conditioning: readonly number[];
  /** The largest p of all tests, corrected for the number of links (Holm). */
  readonly q: number;
  /** For an interchangeable pair: the supported links of a variable with a group of which this pair may be one. */
  readonly oneOf?: readonly OneOf[] | undefined;
}

/** Variables by split and fold, always in the same order. */
export type Splits = readonly (readonly (readonly Measured[])[])[];

/** Tests the sets in sequence until one explains the pair. */
export async function askAll(link: Link, sets: readonly (readonly number[])[], pace: SearchPace): Promise<void> {
  for (const conditioning of sets) {
    if (!link.isOpen) return;
    await pace.rest();
    link.ask(conditioning);
  }
}

/** Returns the first `count` items. */
export function firstOf<T>(items: Iterable<T>, count: number): T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length === count) break;
    first.push(item);
  }
  return first;
}

/** True if two variables are copies of one variable, such as a latent that two modalities share. */
export type AreCopies = (x: number, y: number) => boolean;

/**
 * Returns a set of variables without copies of the ends of a link, and with one copy of every other variable. Given a
 * copy of an end, nothing is associated with it.
 */
export function distinct(set: readonly number[], ends: readonly number[], areCopies: AreCopies): number[] {
  const retained: number[] = [];
  for (const one of set) if (![...ends, ...retained].some((other) => areCopies(one, other))) retained.push(one);
  return retained;
}

/** Returns sets of a size among the neighbours of either variable, without repetition and copies. */
export function setsOf(
  { x, y }: Link,
  neighbours: readonly (readonly number[])[],
  size: number,
  areCopies: AreCopies,
): number[][] {
  const sets = new Map<string, number[]>();
  for (const [one, other] of [
    [x, y],
    [y, x],
  ]) {
    for (const set of subsets(
      neighbours[one].filter((v) => v !== other),
      size,
    )) {
      if (distinct(set, [x, y], areCopies).length < size) continue;
      if (sets.size < MAX_SETS) sets.set(set.join(), set);
    }
  }
  return [...sets.values()];
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

/** Returns the verdict on a pair that some set explains. @param direct the test given this set */
export function withoutLink(
  direct: Pick<PooledTest, 'correlation' | 'lower' | 'upper' | 'isIdentified'>,
): Pick<SearchedLink, 'verdict' | 'reason'> {
  const { correlation, lower, upper, isIdentified } = direct;
  if (isIdentified && upper < NOTABLE && lower > -NOTABLE) return { verdict: 'not-supported', reason: 'explained' };
  const isClear = Math.abs(correlation) > (CLEAR * (upper - lower)) / 2;
  return { verdict: 'undecided', reason: isClear ? 'inconsistent' : 'low-power' };
}

/** The state of a pair during a search. */
export class Link {
  readonly x: number;
  readonly y: number;
  /** True until a set explains the pair. */
  isOpen = true;
  /** Sets that could explain the pair if their measurement errors are large enough. */
  readonly blind: (readonly number[])[] = [];
  worst!: PooledTest;
  readonly #splits: Splits;
  #marginal!: PooledTest;
  #conditioning: readonly number[] = [];

  constructor({ x, y }: { readonly x: number; readonly y: number }, splits: Splits) {
    this.x = x;
    this.y = y;
    this.#splits = splits;
  }

  ask(conditioning: readonly number[]): void {
    const question: Question = { x: this.x, y: this.y, conditioning };
    const test = pooledTest(this.#splits, question);
    if (conditioning.length === 0) this.#marginal = this.worst = test;
    if (!test.isIdentified && test.p > LINK_ALPHA) {
      this.blind.push(conditioning);
      // Too few units have both variables. The pair does not count as adjacent, so it explains no other pair.
      if (conditioning.length === 0) this.isOpen = false;
      return;
    }
    if (test.p >= this.worst.p) {
      this.worst = test;
      this.#conditioning = conditioning;
    }
    if (test.p > LINK_ALPHA) this.isOpen = false;
  }

  result(q: number, isBlind: boolean): SearchedLink {
    const { x, y, worst: direct } = this;
    const link = { x, y, marginal: this.#marginal, direct, conditioning: this.#conditioning, q };
    if (!this.isOpen) {
      return { ...link, ...withoutLink(direct) };
    }
    if (isBlind) return { ...link, verdict: 'undecided', reason: 'not-measured' };
    if (q > FAMILY_ALPHA) return { ...link, verdict: 'undecided', reason: 'corrected' };
    if (Math.max(direct.lower, -direct.upper) <= MIN_DIRECT) return { ...link, verdict: 'undecided', reason: 'small' };
    return { ...link, verdict: 'supported' };
  }
}
