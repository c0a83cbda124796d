// P-values of enrichment scores, by random gene sets of the same size. Small p-values need many permutations, so their
// number is sequential: a set is finished after `EXCEEDANCES` random sets with a score as extreme as its score (Besag
// & Clifford 1991, Biometrika 78:301). These p-values are valid at any level.

import { philox, type PhiloxBlock, type PhiloxKey } from '../../random/philox.js';
import { seedKey } from '../../random/streams.js';
import { deviations, noDeviations, type RankedGenes } from './ranked-genes.js';

/** Random sets as extreme as a set, after which it is finished. */
const EXCEEDANCES = 50;
/** Permutations of every set. The mean of their scores normalises the score of the set. */
const MIN_PERMUTATIONS = 1000;
export const MAX_PERMUTATIONS = 100_000;
/** Permutations after which finished groups are removed, and the signal is read. */
const ROUND = 100;

const STREAM = 0x43e0;

/** The sets to test on one list of genes. */
export interface RankedList {
  readonly ranked: RankedGenes;
  /** False if only large scores count, see `enrichment`. */
  readonly isSigned: boolean;
  readonly sets: readonly { readonly size: number; readonly score: number }[];
}

export interface PermutationTest {
  /** P of a score at least as extreme, among random sets whose score has the same sign. */
  readonly p: number;
  /** The score divided by the mean size of these random scores. NaN if there are none. */
  readonly normalised: number;
  /** Number of random sets whose score has the same sign. The smallest possible p is 1 / (permutations + 1). */
  readonly permutations: number;
  /** True if no random set was as extreme: p is the smallest possible one. */
  readonly isMinimum: boolean;
}

export interface PermutationOptions {
  readonly seed: number;
  /** Maximum number of permutations of a set, at least 1. Default: `MAX_PERMUTATIONS`. */
  readonly maxPermutations?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A set whose test is not finished. */
interface Pending {
  readonly set: number;
  /** Size of its score. */
  readonly extreme: number;
  exceedances: number;
}

/** Random scores with one sign, and the sets with this sign. */
interface Side {
  readonly sign: 1 | -1;
  count: number;
  sum: number;
  readonly pending: Pending[];
}

/** Sets of one size on one list. */
interface Group {
  readonly list: number;
  /** Receives the positions of a random set. All groups of a size use the same array. */
  readonly hits: Int32Array;
  readonly up: Side;
  readonly down: Side;
}

/**
 * Tests sets on lists of the same genes. All lists use the same random sets.
 * @returns for each list, a test of each set
 */
export function permutationTests(
  lists: readonly RankedList[],
  { seed, maxPermutations = MAX_PERMUTATIONS, signal }: PermutationOptions,
): PermutationTest[][] {
  const tests: PermutationTest[][] = lists.map(() => []);
  let groups = groupsOf(lists);
  const random = new Shuffler(seed);
  const deck = Int32Array.from(lists.at(0)?.ranked.order.keys() ?? []);
  const nested = new NestedSets(deck.length, groups.at(-1)?.hits.length ?? 0);
  const current = noDeviations();
  const finish = (list: number, { set, extreme, exceedances }: Pending, { sign, count, sum }: Side): void => {
    const p = (exceedances + 1) / (count + 1);
    const normalised = (sign * extreme * count) / sum;
    tests[list][set] = { p, normalised, permutations: count, isMinimum: exceedances === 0 };
  };
  for (let draw = 1; draw <= maxPermutations && groups.length > 0; draw++) {
    const size = groups.at(-1)!.hits.length;
    random.shuffle(deck, size);
    nested.sort(deck, size);
    let drawn: Int32Array | undefined;
    for (const { list, hits, up, down } of groups) {
      if (hits !== drawn) {
        nested.fill(hits);
        drawn = hits;
      }
      const { ranked, isSigned } = lists[list];
      const { high, low } = deviations(ranked, hits, current);
      const side = !isSigned || high >= -low ? up : down;
      const extreme = side === up ? high : -low;
      side.count++;
      side.sum += extreme;
      for (let i = side.pending.length - 1; i >= 0; i--) {
        const pending = side.pending[i];
        if (extreme >= pending.extreme) pending.exceedances++;
        if (pending.exceedances < EXCEEDANCES || draw < MIN_PERMUTATIONS) continue;
        finish(list, pending, side);
        side.pending.splice(i, 1);
      }
    }
    if (draw % ROUND > 0) continue;
    signal?.throwIfAborted();
    groups = groups.filter(({ up, down }) => up.pending.length + down.pending.length > 0);
  }
  for (const { list, up, down } of groups) {
    for (const side of [up, down]) for (const pending of side.pending) finish(list, pending, side);
  }
  return tests;
}

/** Returns the groups in the order of their sizes. */
function groupsOf(lists: readonly RankedList[]): Group[] {
  const groups: Group[] = [];
  const arrays = new Map<number, Int32Array>();
  for (const [list, { sets }] of lists.entries()) {
    const bySize = new Map<number, Group>();
    for (const [set, { size, score }] of sets.entries()) {
      const hits = arrays.get(size) ?? new Int32Array(size);
      const group = bySize.get(size) ?? { list, hits, up: emptySide(1), down: emptySide(-1) };
      arrays.set(size, hits);
      bySize.set(size, group);
      (score < 0 ? group.down : group.up).pending.push({ set, extreme: Math.abs(score), exceedances: 0 });
    }
    groups.push(...bySize.values());
  }
  return groups.sort((a, b) => a.hits.length - b.hits.length);
}

/** Sorts the random sets of all sizes together: each is a part of the largest one. */
class NestedSets {
  readonly #width: number;
  /** Position × width + place in the deck. */
  readonly #keys: Int32Array | Float64Array;
  readonly #positions: Int32Array;
  readonly #places: Int32Array;
  #size = 0;

  constructor(count: number, maxSize: number) {
    this.#width = maxSize;
    this.#keys = count * maxSize < 2 ** 31 ? new Int32Array(maxSize) : new Float64Array(maxSize);
    this.#positions = new Int32Array(maxSize);
    this.#places = new Int32Array(maxSize);
  }

  /** Sorts the first entries of the deck. */
  sort(deck: Int32Array, size: number): void {
    this.#size = size;
    for (let place = 0; place < size; place++) this.#keys[place] = deck[place] * this.#width + place;
    const keys = this.#keys.subarray(0, size).sort();
    for (let i = 0; i < size; i++) {
      const position = Math.floor(keys[i] / this.#width);
      this.#positions[i] = position;
      this.#places[i] = keys[i] - position * this.#width;
    }
  }

  /** Writes the sorted positions of a set, whose size is the length of the array. */
  fill(hits: Int32Array): void {
    const positions = this.#positions;
    const places = this.#places;
    for (let i = 0, k = 0; i < this.#size && k < hits.length; i++) {
      if (places[i] < hits.length) hits[k++] = positions[i];
    }
  }
}

const emptySide = (sign: 1 | -1): Side => ({ sign, count: 0, sum: 0, pending: [] });

/** Random positions, from one 32-bit word each. The bias of a position is below 2⁻³² times their number. */
class Shuffler {
  readonly #key: PhiloxKey;
  #block = 0;
  #words: PhiloxBlock = [0, 0, 0, 0];
  #next = 4;

  constructor(seed: number) {
    this.#key = seedKey(seed);
  }

  /** Moves random entries to the first `count` places (Fisher–Yates). The order before the call does not matter. */
  shuffle(deck: Int32Array, count: number): void {
    const length = deck.length;
    for (let i = 0; i < count; i++) {
      if (this.#next === 4) {
        this.#words = philox(this.#key, [this.#block % 2 ** 32, Math.floor(this.#block / 2 ** 32), 0, STREAM]);
        this.#block++;
        this.#next = 0;
      }
      const j = i + Math.floor((this.#words[this.#next++] * (length - i)) / 2 ** 32);
      const moved = deck[i];
      deck[i] = deck[j];
      deck[j] = moved;
    }
  }
}
