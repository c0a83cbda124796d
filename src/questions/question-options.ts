// Options that all questions share.

import { InputError } from '../errors.js';

/** Of intervals: the middle 90 %. */
export const LEVEL = 0.9;
export const MOST_DRAWS = 1_000_000;

/** @throws InputError `invalid-option` */
export function checkDraws({ draws, seed, level }: { draws: number; seed: number; level: number }): void {
  const check = (option: string, value: number, isValid: boolean, accepted: string): void => {
    if (isValid) return;
    throw new InputError('invalid-option', `option ${option} is ${value}; accepted is ${accepted}`, { option });
  };
  check('draws', draws, Number.isSafeInteger(draws) && draws >= 2 && draws <= MOST_DRAWS, `2 to ${MOST_DRAWS}`);
  check('seed', seed, Number.isSafeInteger(seed) && seed >= 0, 'a whole number from 0');
  check('level', level, level > 0 && level < 1, 'a share between 0 and 1, as 0.9');
}
