// The end of a process that computes on WebGPU. Dawn takes a process down that ends while Dawn still has to answer, and
// threads are not asked before they end: so the main thread tells them, and waits until none waits for the GPU.

import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

const KEY = 'interlatent: the end of WebGPU';
/** Whether the process ends, and how many threads wait for the GPU. */
export const ENDING = { isEnding: 0, waiting: 1 } as const;
/** Milliseconds that the end waits for the GPU, at most. */
const LONGEST_END = 5000;

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
      for (let waiting = 1; waiting > 0 && Date.now() < end;) {
        waiting = Atomics.load(flags, ENDING.waiting);
        if (waiting > 0) Atomics.wait(flags, ENDING.waiting, waiting, end - Date.now());
      }
    });
  }
  return flags;
}
