// Random orders of the units of a fold: permutations of all units, or only within groups.

import { shuffledWithinGroups, type GroupUnits } from '../data/group-units.js';
import { RandomStream } from '../random/random-stream.js';

/** Philox streams of the orders, far from those of folds and shuffles. */
const STREAM = 0x41000;
const WITHIN_STREAM = 0x42000;

export interface Permutations {
  /** True if all units can be exchanged. Then many units need no permutations. */
  readonly isFree: boolean;
  /** Returns `count` random orders of the numbers 0 … n − 1. */
  readonly orders: (n: number, count: number) => readonly Int32Array[];
}

/** Orders of all units, drawn once and shared by all tests of the same number of units. */
export class FreePermutations implements Permutations {
  readonly isFree = true;
  readonly #seed: number;
  readonly #cache = new Map<string, readonly Int32Array[]>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  orders(n: number, count: number): readonly Int32Array[] {
    const key = `${n} ${count}`;
    const known = this.#cache.get(key);
    if (known) return known;
    const random = new RandomStream(this.#seed, STREAM);
    const orders = Array.from({ length: count }, () => random.permutation(n));
    // Cache only the latest orders, because folds are tested in sequence.
    this.#cache.clear();
    this.#cache.set(key, orders);
    return orders;
  }
}

/** Returns orders that permute units only within their groups. @param members units of each group */
export function permutationsWithin(members: GroupUnits['members'], seed: number): Permutations {
  const random = new RandomStream(seed, WITHIN_STREAM);
  return {
    isFree: false,
    orders: (_, count) => Array.from({ length: count }, () => shuffledWithinGroups(members, random)),
  };
}
