// Pieces of work that do not need each other, several at a time.

import { availableParallelism } from 'node:os';

/** Threads of each of several that work at a time. @param threads of all together; 0 or left out: one per core */
export function shareOf(threads: number | undefined, atOnce: number): number | undefined {
  if (atOnce <= 1) return threads;
  return Math.max(1, Math.floor((threads || availableParallelism()) / atOnce));
}

/**
 * @param atOnce so many at most, at least 1
 * @param one aborted when another has failed
 * @returns what each gave, in their order
 * @throws what the first that failed threw, when all that had begun have ended; the signal's reason
 */
export async function sideBySide<T>(
  count: number,
  atOnce: number,
  one: (number: number, signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T[]> {
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const results: T[] = [];
  let failure: { readonly error: unknown } | undefined;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count && !failure) {
      try {
        signal?.throwIfAborted();
        const number = next++;
        results[number] = await one(number, either);
      } catch (error) {
        failure ??= { error };
        failed.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
  if (failure) throw failure.error;
  return results;
}
