// Random numbers for splits and simulations: Philox streams with 52-bit uniforms. A stream is a pure function of seed
// and stream number, so streams do not influence each other.

import { philox, type PhiloxKey } from './philox.js';

export class RandomStream {
  readonly #key: PhiloxKey;
  readonly #stream: number;
  #block = 0;
  #words: readonly number[] = [];
  #at = 4;
  #spare: number | undefined;

  /**
   * @param seed integer from 0 to 2⁵³ − 1
   * @param stream integer from 0 to 2³² − 1
   */
  constructor(seed: number, stream: number) {
    this.#key = { low: seed >>> 0, high: Math.floor(seed / 2 ** 32) };
    this.#stream = stream;
  }

  /** Returns a number in (0, 1): 52 random bits, centred, so that neither bound occurs. */
  uniform(): number {
    if (this.#at === 4) {
      this.#words = philox(this.#key, [this.#block++, 0, 0, this.#stream]);
      this.#at = 0;
    }
    const high = this.#words[this.#at++] >>> 6;
    const low = this.#words[this.#at++] >>> 6;
    return (high * 2 ** 26 + low + 0.5) / 2 ** 52;
  }

  /** Returns a number between two bounds. */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Returns a standard normal number (Box and Muller 1958). */
  normal(): number {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) return spare;
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Returns a Laplace number with variance 1. */
  laplace(): number {
    const centred = this.uniform() - 0.5;
    return (-Math.sign(centred) * Math.log(1 - 2 * Math.abs(centred))) / Math.SQRT2;
  }

  /** Returns −1 or 1. */
  sign(): number {
    return this.uniform() < 0.5 ? -1 : 1;
  }

  /** Returns an integer from 0 to `count` − 1. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Returns the integers from 0 to `count` − 1 in random order (Fisher and Yates). */
  permutation(count: number): Int32Array {
    const order = new Int32Array(count);
    for (let i = 0; i < count; i++) order[i] = i;
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const other = order[j];
      order[j] = order[i];
      order[i] = other;
    }
    return order;
  }
}
