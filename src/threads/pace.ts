// A long computation gives way to the event loop now and then, so that it can be stopped.

import { nextTurn } from './next-turn.js';

/** Milliseconds between two breaks. */
const EVERY = 50;

export class Pace {
  readonly #signal: AbortSignal | undefined;
  #next = performance.now() + EVERY;

  /** @param signal aborting it ends the computation */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time for a break. Asked between steps of a microsecond or more. */
  get isDue(): boolean {
    return performance.now() >= this.#next;
  }

  /** Gives way if it is time. @throws the signal's reason */
  async rest(): Promise<void> {
    this.#signal?.throwIfAborted();
    if (!this.isDue) return;
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#next = performance.now() + EVERY;
  }
}
