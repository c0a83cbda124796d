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

  /** Returns `count` random orders of the numbers 0 … n − 1. */
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
