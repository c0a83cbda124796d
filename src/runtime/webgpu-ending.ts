// Ends a process that computes on WebGPU. Dawn crashes a process that ends while a thread calls it or waits for its
// answer, and Node does not notify threads before they end. So the main thread notifies them and waits until all have
// stopped.

import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

const KEY = 'interlatent: the end of WebGPU';
/** Indices of the flags: whether the process ends, and the number of unfinished pieces of work of all threads. */
export const ENDING = { isEnding: 0, pieces: 1 } as const;
/** Maximum time that the end waits for the GPU, in milliseconds. */
const MAX_END_MS = 5000;

/** Counts of this thread: unfinished pieces of work with Dawn, and calls that Dawn has not answered. */
const local = { pieces: 0, pendingCalls: 0 };

/** Returns the flags of this process. Threads that are created later share them. */
export function endingFlags(): Int32Array {
  const existing = getEnvironmentData(KEY) as Int32Array | undefined;
  if (existing) return existing;
  const flags = new Int32Array(new SharedArrayBuffer(8));
  setEnvironmentData(KEY, flags);
  if (isMainThread) {
    process.once('exit', () => {
      Atomics.store(flags, ENDING.isEnding, 1);
      const end = Date.now() + MAX_END_MS;
      for (let pieces = 1; pieces > 0 && Date.now() < end;) {
        pieces = Atomics.load(flags, ENDING.pieces);
        if (pieces > 0) Atomics.wait(flags, ENDING.pieces, pieces, end - Date.now());
      }
    });
  }
  return flags;
}

/**
 * Runs a piece of work with Dawn. When the process ends, no piece begins, and none continues after an answer of Dawn.
 */
export async function runWork<T>(piece: () => Promise<T>): Promise<T> {
  // Count the piece before testing the flag: the end waits for counted pieces, and a later piece sees that the end has
  // begun.
  count(1);
  await stopIfEnding();
  try {
    return await piece();
  } finally {
    count(-1);
    await stopIfEnding();
  }
}

/** Runs a call of Dawn. Dawn must answer it before the process ends. */
export async function runCall<T>(call: () => Promise<T>): Promise<T> {
  local.pendingCalls++;
  count(1);
  try {
    return await call();
  } finally {
    local.pendingCalls--;
    count(-1);
    await stopIfEnding();
  }
}

function count(change: number): void {
  const flags = endingFlags();
  local.pieces += change;
  Atomics.add(flags, ENDING.pieces, change);
  Atomics.notify(flags, ENDING.pieces);
}

/** If the process ends, stops the thread forever, or only this piece while Dawn has to answer another call. */
async function stopIfEnding(): Promise<void> {
  const flags = endingFlags();
  if (Atomics.load(flags, ENDING.isEnding) === 0) return;
  if (local.pendingCalls === 0) {
    count(-local.pieces);
    Atomics.wait(flags, ENDING.isEnding, 1);
  }
  await new Promise(() => undefined);
}
