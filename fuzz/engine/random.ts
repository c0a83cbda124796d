// Random numbers of xorshift32 (Marsaglia 2003). The same seed gives the same campaign.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 1) >>> 0 || 1;
  }

  /** Returns a whole number from 0 to `count` − 1. */
  below(count: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state % count;
  }

  /** Returns true with probability 1 / `count`. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  of<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)];
  }
}
