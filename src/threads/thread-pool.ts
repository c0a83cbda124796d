// A pool of worker threads, for independent calls.

import type { CallHooks, WorkerThread } from './worker-thread.js';

export class ThreadPool {
  readonly #idle: WorkerThread[];
  readonly #all: readonly WorkerThread[];

  constructor(threads: readonly WorkerThread[]) {
    this.#all = threads;
    this.#idle = [...threads];
  }

  /** Calls a method on an idle thread. There must not be more calls at the same time than threads. */
  async call(method: string, args: readonly unknown[], hooks: CallHooks = {}): Promise<unknown> {
    const thread = this.#idle.pop()!;
    try {
      return await thread.call(method, args, hooks);
    } finally {
      this.#idle.push(thread);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.close()));
  }
}
