// A search of many variables takes minutes: it gives way to the event loop now and then, so that it can be stopped and
// can say how far it is.

import { Pace } from '../threads/pace.js';

/** How far a search is. */
export interface SearchProgress {
  /** Pairs are tested for links, groups for a link with at least one of them, or candidates for arrowheads. */
  readonly stage: 'links' | 'groups' | 'directions';
  /** Of links: how many other variables are conditioned on. */
  readonly given?: number;
  readonly done: number;
  readonly total: number;
}

export interface SearchHooks {
  /** Aborting ends the search; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
}

export class SearchPace {
  readonly #hooks: SearchHooks;
  readonly #pace: Pace;
  #progress: SearchProgress | undefined;

  constructor(hooks: SearchHooks = {}) {
    this.#hooks = hooks;
    this.#pace = new Pace(hooks.signal);
  }

  /** Says how far the search is; told at the next break. */
  at(progress: SearchProgress): void {
    this.#progress = progress;
  }

  /** Gives way if it is time. Called before every test. @throws the signal's reason */
  async rest(): Promise<void> {
    const { signal, onProgress } = this.#hooks;
    if (this.#progress && this.#pace.isDue && !signal?.aborted) onProgress?.(this.#progress);
    await this.#pace.rest();
  }
}
