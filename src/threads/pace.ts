// Lets a long computation yield to the event loop (`nextTurn`) at regular times, so that it can be aborted.

import { nextTurn } from './next-turn.js';

/** Milliseconds between two breaks. */
const INTERVAL = 50;

export class Pace {
  readonly #signal: AbortSignal | undefined;
  #next = performance.now() + INTERVAL;

  /** @param signal signal that ends the computation */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** True if a break is due. Check it between steps of at least a microsecond. */
  get isDue(): boolean {
    return performance.now() >= this.#next;
  }

  /** Yields to the event loop if a break is due. @throws the reason of the signal */
  async rest(): Promise<void> {
    this.#signal?.throwIfAborted();
    if (!this.isDue) return;
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#next = performance.now() + INTERVAL;
  }
}
