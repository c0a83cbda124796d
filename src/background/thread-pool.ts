// A pool of background threads for independent fits.

import { BackgroundThread } from './thread.js';
import { taskThreads } from './niceness.js';

export class ThreadPool {
  readonly #idle: BackgroundThread[];
  readonly #all: readonly BackgroundThread[];

  private constructor(threads: readonly BackgroundThread[]) {
    this.#all = threads;
    this.#idle = [...threads];
  }

  static async open(size: number): Promise<ThreadPool> {
    const { niceness } = taskThreads;
    return new ThreadPool(await Promise.all(Array.from({ length: size }, () => BackgroundThread.open({ niceness }))));
  }

  /** Calls a method of `Tasks` on an idle thread. There must not be more calls at the same time than threads. */
  async call(method: string, args: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    const thread = this.#idle.pop()!;
    try {
      return await thread.call(method, args, { signal });
    } finally {
      this.#idle.push(thread);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.close()));
  }
}

/**
 * Does work with a thread pool, which is closed afterwards. The work gets no pool if `threads` is at most 1, or if
 * background threads are impossible.
 */
export async function withThreadPool<T>(
  threads: number,
  work: (pool: ThreadPool | undefined) => Promise<T>,
): Promise<T> {
  if (!(threads > 1) || !BackgroundThread.isPossible) return work(undefined);
  const pool = await ThreadPool.open(threads);
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}
