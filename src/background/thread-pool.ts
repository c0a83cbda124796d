// Several threads of the background for fits that do not need each other.

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

  /** A method of `Tasks`, on a thread that is idle: no more calls at a time than there are threads. */
  async call(method: string, given: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    const thread = this.#idle.pop()!;
    try {
      return await thread.call(method, given, { signal });
    } finally {
      this.#idle.push(thread);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.close()));
  }
}

/**
 * Work by a pool, which ends with it; by none where one at a time is asked for, or no threads can be.
 * @param atOnce threads
 */
export async function withThreadPool<T>(atOnce: number, work: (pool: ThreadPool | undefined) => Promise<T>): Promise<T> {
  if (!(atOnce > 1) || !BackgroundThread.isPossible) return work(undefined);
  const pool = await ThreadPool.open(atOnce);
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}
