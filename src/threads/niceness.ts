// How far threads that do long work stand back: what a caller may say of it.

import { checkAccepted } from '../argument.js';

const MIN_PRIORITY = 19;

export interface NicenessOption {
  /**
   * How far the threads that do the work stand back where cores are few, as of `nice`: 0, not at all, to 19; on Linux
   * alone. Default: 10, so that the caller's event loop and other requests go first; of `workOnShards` 0. A program
   * that does nothing else meanwhile is faster with 0 on a machine that other processes fill.
   */
  readonly niceness?: number | undefined;
}

/** @throws InputError `invalid-option` */
export function checkNiceness(niceness: number | undefined): void {
  if (niceness === undefined) return;
  const isPossible = Number.isInteger(niceness) && niceness >= 0 && niceness <= MIN_PRIORITY;
  checkAccepted('niceness', niceness, isPossible, `is a whole number from 0 to ${MIN_PRIORITY}`);
}
