// Checks seeds that only have to be non-negative safe integers.

import { checkAccepted } from '../errors/argument.js';

/** @throws InputError `invalid-option` */
export function checkSeed(seed: number): void {
  checkAccepted('seed', seed, Number.isSafeInteger(seed) && seed >= 0, 'is a whole number of at least 0');
}
