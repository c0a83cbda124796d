// The splits of the cross-validation.

import { InputError } from '../errors.js';
import { permutation, seedKey } from '../random/streams.js';

export interface Fold {
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
}

/** Subjects that an error is measured on. */
const MIN_SUBJECTS = 10;
/** Stream of the permutation that splits are cut from; far from noise and order. */
const SPLIT_STREAM = 0x30000;

/**
 * Held-out parts of equal size, disjoint; each with all other subjects to train on.
 * @throws InputError `too-few-subjects`
 */
export function foldsOf(subjects: Int32Array, splits: number, seed: number): Fold[] {
  const shuffled = permutation(seedKey(seed), SPLIT_STREAM, 0, subjects.length).map((position) => subjects[position]);
  const size = Math.floor(subjects.length / splits);
  if (size < MIN_SUBJECTS) {
    throw new InputError(
      'too-few-subjects',
      `${subjects.length} subjects in ${splits} splits leave ${size} to measure on, ${MIN_SUBJECTS} are needed: ` +
        'take fewer splits, or more subjects.',
      { subjects: subjects.length, splits },
    );
  }
  return Array.from({ length: splits }, (_, fold) => ({
    heldOut: shuffled.slice(fold * size, (fold + 1) * size),
    train: joined(shuffled.subarray(0, fold * size), shuffled.subarray((fold + 1) * size)),
  }));
}

export function joined(a: Int32Array, b: Int32Array): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
