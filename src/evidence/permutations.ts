// Random orders of the units of a fold, drawn once and shared by all tests of as many units.

import { RandomStream } from '../random/random-stream.js';

/** Stream of the orders; far from those of folds and shuffles. */
const STREAM = 0x41000;

export class Permutations {
  readonly #seed: number;
  readonly #kept = new Map<string, readonly Int32Array[]>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /**
   * Returns `count` random orders of the numbers 0 … n − 1.
   * @param strata by number the stratum inside which it is exchanged; left out: all are exchanged with each other
   */
  orders(n: number, count: number, strata?: Int32Array): readonly Int32Array[] {
    const key = `${n} ${count} ${strata?.join() ?? ''}`;
    const known = this.#kept.get(key);
    if (known) return known;
    const random = new RandomStream(this.#seed, STREAM);
    const members = strata && membersOf(strata);
    const orders = Array.from({ length: count }, () => {
      if (!members) return random.permutation(n);
      const order = new Int32Array(n);
      for (const own of members) random.permutation(own.length).forEach((from, to) => (order[own[to]] = own[from]));
      return order;
    });
    // Only the latest: folds are tested one after the other.
    this.#kept.clear();
    this.#kept.set(key, orders);
    return orders;
  }
}

function membersOf(strata: Int32Array): number[][] {
  const members = new Map<number, number[]>();
  strata.forEach((stratum, i) => members.set(stratum, [...(members.get(stratum) ?? []), i]));
  return [...members.values()];
}
