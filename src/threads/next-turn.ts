// Yields to the event loop during a long computation. Bundles for browsers replace this module.

import { setImmediate } from 'node:timers/promises';

/** Resolves after the event loop has processed waiting events. */
export async function nextTurn(): Promise<void> {
  await setImmediate();
}
