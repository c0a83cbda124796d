// What a seed may be, where nothing else limits it.

import { checkAccepted } from '../argument.js';

/** @throws InputError `invalid-option` */
export function checkSeed(seed: number): void {
  checkAccepted('seed', seed, Number.isSafeInteger(seed) && seed >= 0, 'is a whole number from 0');
}
