// Random orders of the units of a fold: all of them change places, or only those of one group.

import { shuffledWithinGroups, type GroupUnits } from '../data/group-units.js';
import { RandomStream } from '../random/random-stream.js';

/** Streams of the orders; far from those of folds and shuffles. */
const STREAM = 0x41000;
const WITHIN_STREAM = 0x42000;

export interface Permutations {
  /** True if all units can change places: many units then need no permutations. */
  readonly isFree: boolean;
  /** Returns `count` random orders of the numbers 0 … n − 1. */
  readonly orders: (n: number, count: number) => readonly Int32Array[];
}

/** Orders of all units, drawn once and shared by all tests of as many units. */
export class FreePermutations implements Permutations {
  readonly isFree = true;
  readonly #seed: number;
  readonly #kept = new Map<string, readonly Int32Array[]>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  orders(n: number, count: number): readonly Int32Array[] {
    const key = `${n} ${count}`;
    const known = this.#kept.get(key);
    if (known) return known;
    const random = new RandomStream(this.#seed, STREAM);
    const orders = Array.from({ length: count }, () => random.permutation(n));
    // Only the latest: folds are tested one after the other.
    this.#kept.clear();
    this.#kept.set(key, orders);
    return orders;
  }
}

/** Returns orders in which units change places within their groups only. @param members units of each group */
export function permutationsWithin(members: GroupUnits['members'], seed: number): Permutations {
  const random = new RandomStream(seed, WITHIN_STREAM);
  return {
    isFree: false,
    orders: (_, count) => Array.from({ length: count }, () => shuffledWithinGroups(members, random)),
  };
}
