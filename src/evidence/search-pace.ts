// A search of many variables takes minutes. It regularly yields to the event loop, so that it can be aborted and can
// report its progress.

import { Pace } from '../threads/pace.js';

/** Progress of a search. */
export interface SearchProgress {
  /**
   * `links`: tests of pairs; `groups`: tests of links with at least one of a group; `directions`: tests of colliders.
   */
  readonly stage: 'links' | 'groups' | 'directions';
  /** Number of conditioning variables in the tests of links. */
  readonly conditioning?: number;
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

  /** Sets the progress that the next pause reports. */
  at(progress: SearchProgress): void {
    this.#progress = progress;
  }

  /** Yields to the event loop if a pause is due. Called before every test. @throws the signal's reason */
  async rest(): Promise<void> {
    const { signal, onProgress } = this.#hooks;
    if (this.#progress && this.#pace.isDue && !signal?.aborted) onProgress?.(this.#progress);
    await this.#pace.rest();
  }
}
