// A pool of background threads for independent fits.

import { ThreadPool } from '../threads/thread-pool.js';
import { taskThreads } from './niceness.js';
import { BackgroundThread } from './thread.js';

/**
 * Does work with a thread pool, which is closed afterwards. The work gets no pool if `threads` is at most 1, or if
 * background threads are impossible.
 */
export async function withThreadPool<T>(
  threads: number,
  work: (pool: ThreadPool | undefined) => Promise<T>,
): Promise<T> {
  if (!(threads > 1) || !BackgroundThread.isPossible) return work(undefined);
  const opened = Array.from({ length: threads }, () => BackgroundThread.open(taskThreads.niceness));
  const pool = new ThreadPool(await Promise.all(opened));
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}
