// Yields to the event loop once. A computation of many short steps uses `Pace`, which yields every 50 ms. Bundles for
// browsers replace this module.

import { setImmediate } from 'node:timers/promises';

/** Resolves after the event loop has processed waiting events. */
export async function nextTurn(): Promise<void> {
  await setImmediate();
}
