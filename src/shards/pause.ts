// A wait that may be cut short.

import { setTimeout } from 'node:timers/promises';

/** @returns false if the signal ended it */
export async function pause(seconds: number, signal?: AbortSignal): Promise<boolean> {
  try {
    await setTimeout(seconds * 1000, undefined, signal && { signal });
    return true;
  } catch {
    return false;
  }
}
