// Which variables are directly related: a pair keeps its link if it goes together given every small set of its
// neighbours (PC-stable; Colombo & Maathuis 2014), with error-aware tests. A link is supported, not supported, or
// undecided; what lacks power is never called independent, nor is what the graph does not explain.

import type { LinkReason } from '../causal/discovery/link-figures.js';
import { holm } from '../quality/pair-test.js';
import { interchangeableGroups, isPossibility, liesBetween, type OneOf } from './interchangeable.js';
import type { Measured } from './error-aware.js';
import { pooledTest, type PooledTest, type Question } from './pooled-test.js';
import { SearchPace } from './search-pace.js';

/** Level of a single test. A chain's false shortcut is drawn in this share of studies at most. */
export const LINK_ALPHA = 0.01;
/** How many half-widths of its 95 % interval an estimate is from 0 that is significant at `LINK_ALPHA`. */
const CLEAR = 2.576 / 1.96;
/** Level of all links together (Holm). */
const FAMILY_ALPHA = 0.05;
/** A correlation worth a link: "not supported" says that a larger one is ruled out. */
export const NOTABLE = 0.3;
/**
 * Direct correlation that the interval must exceed: forms whose errors are not quite independent, and curves that are
 * not quite cubic, leave as much over (case 3, data seed 6).
 */
export const MIN_DIRECT = 0.05;
const MAX_GIVEN = 3;
/** Sets that are tried for one pair at one size. */
const MAX_SETS = 200;

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
  /** Of an interchangeable pair: a link of which this pair is one possibility. */
  readonly oneOf?: OneOf | undefined;
}

export interface SkeletonQuestion {
  /** By split and fold the variables, in one order. */
  readonly splits: readonly (readonly (readonly Measured[])[])[];
  /** Whether a pair may have a link that is tested. */
  readonly isTested: (x: number, y: number) => boolean;
  /** Whether a pair counts as neighbours whatever a test says: latents of one modality, and what the user requires. */
  readonly isNeighbour: (x: number, y: number) => boolean;
}

/** @throws the reason of the pace's signal */
export async function searchSkeleton(
  { splits, isTested, isNeighbour }: SkeletonQuestion,
  pace = new SearchPace(),
): Promise<SearchedLink[]> {
  const count = splits[0][0].length;
  const variables = [...Array(count).keys()];
  const pairs = variables.flatMap((x) => variables.filter((y) => y > x && isTested(x, y)).map((y) => ({ x, y })));
  const links = pairs.map((pair) => new Link(pair, splits));
  const linkOf = new Map(links.map((link) => [link.x * count + link.y, link]));
  const isAdjacent = (x: number, y: number): boolean => {
    if (x === y) return false;
    return isNeighbour(x, y) || (linkOf.get(Math.min(x, y) * count + Math.max(x, y))?.isOpen ?? false);
  };
  for (const [done, link] of links.entries()) {
    pace.at({ given: 0, done, total: links.length });
    await pace.rest();
    link.ask([]);
  }
  const associated = variables.map((x) => variables.filter((y) => isAdjacent(x, y)));
  for (let size = 1; size <= MAX_GIVEN; size++) {
    // Neighbours as they were before this size, so that the order of pairs does not matter.
    const neighbours = variables.map((x) => variables.filter((y) => isAdjacent(x, y)));
    const open = links.filter(({ isOpen }) => isOpen);
    for (const [done, link] of open.entries()) {
      pace.at({ given: size, done, total: open.length });
      await askAll(link, setsOf(link, neighbours, size), pace);
    }
  }
  const corrected = holm(links.map(({ worst }) => worst.p));
  // A set that could not be conditioned on matters only if it is among the neighbours that are left.
  const isBlind = ({ x, y, blind }: Link): boolean =>
    blind.some((set) => [x, y].some((end) => set.every((variable) => isAdjacent(end, variable))));
  const found = links.map((link, i) => link.result(corrected[i], isBlind(link)));
  const supported = new Set(found.flatMap(({ x, y, verdict }) => (verdict === 'supported' ? [x * count + y] : [])));
  const isLinked = (x: number, y: number): boolean =>
    x !== y && (isNeighbour(x, y) || supported.has(Math.min(x, y) * count + Math.max(x, y)));
  const judged = found.map((link): SearchedLink => {
    const isExplained = link.reason !== 'explained' || liesBetween(link.given, link, isLinked, count);
    return isExplained ? link : { ...link, verdict: 'undecided', reason: 'interchangeable' };
  });
  const oneOfs: OneOf[] = [];
  for (const group of interchangeableGroups(judged)) {
    // What is left of the association if none of them is conditioned on.
    const near = associated.map((own) => own.filter((one) => !group.to.includes(one)));
    const p = await groupP(group, near, { splits, pace });
    const q = p * group.to.length * links.length;
    if (q <= FAMILY_ALPHA) oneOfs.push({ ...group, q });
  }
  return judged.map((link) => {
    const oneOf = link.reason === 'interchangeable' ? oneOfs.find((one) => isPossibility(link, one)) : undefined;
    return oneOf ? { ...link, oneOf } : link;
  });
}

/** Returns the least p of a variable's links with those of a group, each given every set of neighbours; 1: there is none. */
async function groupP(
  { from, to }: Pick<OneOf, 'from' | 'to'>,
  near: readonly (readonly number[])[],
  { splits, pace }: { readonly splits: SkeletonQuestion['splits']; readonly pace: SearchPace },
): Promise<number> {
  let least = 1;
  for (const other of to) {
    const link = new Link({ x: Math.min(from, other), y: Math.max(from, other) }, splits);
    link.ask([]);
    for (let size = 1; size <= MAX_GIVEN; size++) await askAll(link, setsOf(link, near, size), pace);
    const { direct, verdict } = link.result(0, link.blind.length > 0);
    if (verdict === 'supported') least = Math.min(least, direct.p);
  }
  return least;
}

/** Asks for one set after the other until one explains the pair. */
async function askAll(link: Link, sets: readonly (readonly number[])[], pace: SearchPace): Promise<void> {
  for (const given of sets) {
    if (!link.isOpen) return;
    await pace.rest();
    link.ask(given);
  }
}

/** Returns sets of a size among the neighbours of either variable, without repetition. */
function setsOf({ x, y }: Link, neighbours: readonly (readonly number[])[], size: number): number[][] {
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
class Link {
  readonly x: number;
  readonly y: number;
  /** True until a set explains the pair. */
  isOpen = true;
  /** Sets that could explain it if they are measured badly enough. */
  readonly blind: (readonly number[])[] = [];
  worst!: PooledTest;
  readonly #splits: SkeletonQuestion['splits'];
  #marginal!: PooledTest;
  #given: readonly number[] = [];

  constructor({ x, y }: { readonly x: number; readonly y: number }, splits: SkeletonQuestion['splits']) {
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
