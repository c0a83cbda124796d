// Runs independent tasks concurrently.

import { availableParallelism } from 'node:os';

/** Returns the threads of each of several concurrent tasks. @param threads total; 0 or left out: one per core */
export function threadsPerTask(threads: number | undefined, concurrency: number): number | undefined {
  if (concurrency <= 1) return threads;
  return Math.max(1, Math.floor((threads || availableParallelism()) / concurrency));
}

/**
 * Runs `count` tasks.
 * @param concurrency maximum number of tasks at the same time, at least 1
 * @param one starts a task by its number; its signal is aborted when another task fails
 * @returns the results in the order of the tasks
 * @throws the error of the first task that failed, in the order of tasks, after all started tasks have ended; the
 *   reason of the signal
 */
export async function runConcurrently<T>(
  count: number,
  concurrency: number,
  one: (number: number, signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T[]> {
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const results: T[] = [];
  const failures = new Map<number, unknown>();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count && failures.size === 0) {
      const number = next++;
      try {
        signal?.throwIfAborted();
        results[number] = await one(number, either);
      } catch (error) {
        // A task that stops because another one has failed is no failure.
        const hasStopped = failed.signal.aborted && error === failed.signal.reason;
        if (!hasStopped) failures.set(number, error);
        failed.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, lane));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  return results;
}
