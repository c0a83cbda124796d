// The end of a process that computes on WebGPU. Dawn takes a process down that ends while a thread calls it or waits
// for its answer, and threads are not asked before they end: so the main thread tells them, and waits until all rest.

import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

const KEY = 'interlatent: the end of WebGPU';
/** Whether the process ends, and how many pieces of work all threads have in hand. */
export const ENDING = { isEnding: 0, pieces: 1 } as const;
/** Milliseconds that the end waits for the GPU, at most. */
const LONGEST_END = 5000;

/** What this thread has in hand: pieces of work with Dawn, and questions that Dawn has not answered. */
const own = { pieces: 0, questions: 0 };

/** The flags of this process. Every thread that is made afterwards has them too. */
export function endingFlags(): Int32Array {
  const known = getEnvironmentData(KEY) as Int32Array | undefined;
  if (known) return known;
  const flags = new Int32Array(new SharedArrayBuffer(8));
  setEnvironmentData(KEY, flags);
  if (isMainThread) {
    process.once('exit', () => {
      Atomics.store(flags, ENDING.isEnding, 1);
      const end = Date.now() + LONGEST_END;
      for (let pieces = 1; pieces > 0 && Date.now() < end;) {
        pieces = Atomics.load(flags, ENDING.pieces);
        if (pieces > 0) Atomics.wait(flags, ENDING.pieces, pieces, end - Date.now());
      }
    });
  }
  return flags;
}

/** Works with Dawn, until the process ends: then no piece begins, and none goes on once Dawn has answered. */
export async function working<T>(piece: () => Promise<T>): Promise<T> {
  // Counted first: the end waits for whom it counts, and who comes later sees that it has begun.
  count(1);
  await restWhereItEnds();
  try {
    return await piece();
  } finally {
    count(-1);
    await restWhereItEnds();
  }
}

/** Asks Dawn, which has to answer before the process ends. */
export async function asking<T>(question: () => Promise<T>): Promise<T> {
  own.questions++;
  count(1);
  try {
    return await question();
  } finally {
    own.questions--;
    count(-1);
    await restWhereItEnds();
  }
}

function count(change: number): void {
  const flags = endingFlags();
  own.pieces += change;
  Atomics.add(flags, ENDING.pieces, change);
  Atomics.notify(flags, ENDING.pieces);
}

/** For good: the thread, or this piece where Dawn has to answer another one. */
async function restWhereItEnds(): Promise<void> {
  const flags = endingFlags();
  if (Atomics.load(flags, ENDING.isEnding) === 0) return;
  if (own.questions === 0) {
    count(-own.pieces);
    Atomics.wait(flags, ENDING.isEnding, 1);
  }
  await new Promise(() => undefined);
}
