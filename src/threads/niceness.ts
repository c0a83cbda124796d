// Option for the scheduling priority of threads for long computations.

import { checkAccepted } from '../errors/argument.js';

const MAX_NICENESS = 19;

export interface NicenessOption {
  /**
   * Niceness of the threads that do the work, from 0 (no lower priority) to 19, on Linux only. Default: 10, so that the
   * event loop of the caller and other requests have priority; 0 for `workOnShards`. With 0, a program that only waits
   * for the result is faster on a machine with other busy processes.
   */
  readonly niceness?: number | undefined;
}

/** Checks the option. @throws InputError `invalid-option` */
export function checkNiceness(niceness: number | undefined): void {
  if (niceness === undefined) return;
  const isPossible = Number.isInteger(niceness) && niceness >= 0 && niceness <= MAX_NICENESS;
  checkAccepted('niceness', niceness, isPossible, `is a whole number from 0 to ${MAX_NICENESS}`);
}
