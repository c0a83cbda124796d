// Options that all questions share.

import { checkAccepted } from '../errors/argument.js';
import { checkSeed } from '../random/seed.js';

/** Default level of intervals: the middle 90 %. */
export const LEVEL = 0.9;
export const MAX_DRAWS = 1_000_000;

/** Option of every question. */
export interface SignalOption {
  /** Aborting it ends the computation within about 50 ms; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws InputError `invalid-option` */
export function checkDraws({ draws, seed, level }: { draws: number; seed: number; level: number }): void {
  const isPossible = Number.isSafeInteger(draws) && draws >= 2 && draws <= MAX_DRAWS;
  checkAccepted('draws', draws, isPossible, `is 2 to ${MAX_DRAWS}`);
  checkSeed(seed);
  checkAccepted('level', level, level > 0 && level < 1, 'is a share between 0 and 1, as 0.9');
}
