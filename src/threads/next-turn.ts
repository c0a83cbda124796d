// Gives way to the event loop in the middle of a long computation. Bundles for browsers have another file in the place
// of this one.

import { setImmediate } from 'node:timers/promises';

/** Resolves once the event loop has done what waited for it. */
export async function nextTurn(): Promise<void> {
  await setImmediate();
}
