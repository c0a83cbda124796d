// A wait that a signal can end early.

import { setTimeout } from 'node:timers/promises';

/** Waits. @returns false if the signal ended the wait */
export async function pause(seconds: number, signal?: AbortSignal): Promise<boolean> {
  try {
    await setTimeout(seconds * 1000, undefined, signal && { signal });
    return true;
  } catch {
    return false;
  }
}
