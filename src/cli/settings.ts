// Options that several commands share, and their check.

import { Option } from 'commander';
import { InputError } from '../errors.js';

/** A whole number of at least `min`; anything else is the user's mistake. */
export function wholeNumber(flag: string, min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < min) {
      throw new InputError('invalid-option', `${flag} takes a whole number of at least ${min}, got "${text}".`);
    }
    return value;
  };
}

/** A number in [min, max]. */
export function numberBetween(flag: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max)) {
      throw new InputError('invalid-option', `${flag} takes a number from ${min} to ${max}, got "${text}".`);
    }
    return value;
  };
}

export function jsonOption(): Option {
  return new Option('--json', 'print JSON and nothing else');
}
