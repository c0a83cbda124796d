// The splits of the cross-validation.

import { joined } from '../data/select-rows.js';
import { rowsByGroup } from '../data/split.js';
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
 *
 * @param groups of all rows of the data set, where rows belong together: those of a group are held out together. Folds
 *   are as even as groups allow; what the largest have beyond the smallest is neither trained on nor held out there
 * @throws InputError `too-few-subjects`
 */
export function foldsOf(subjects: Int32Array, splits: number, seed: number, groups?: readonly string[]): Fold[] {
  const shuffled = permutation(seedKey(seed), SPLIT_STREAM, 0, subjects.length).map((position) => subjects[position]);
  if (groups) return groupFolds(shuffled, splits, groups);
  const size = Math.floor(subjects.length / splits);
  checkSize(size, subjects.length, splits);
  return Array.from({ length: splits }, (_, fold) => ({
    heldOut: shuffled.slice(fold * size, (fold + 1) * size),
    train: joined(shuffled.subarray(0, fold * size), shuffled.subarray((fold + 1) * size)),
  }));
}

/** The largest groups first, each to the fold that has the fewest subjects so far. */
function groupFolds(shuffled: Int32Array, splits: number, groups: readonly string[]): Fold[] {
  const members = [...rowsByGroup(Array.from(shuffled, (row) => groups[row])).values()];
  members.sort((a, b) => b.length - a.length);
  const folds = Array.from({ length: splits }, () => new Array<number>());
  for (const positions of members) {
    const smallest = folds.reduce((least, fold) => (fold.length < least.length ? fold : least));
    smallest.push(...positions.map((position) => shuffled[position]));
  }
  const size = Math.min(...folds.map((fold) => fold.length));
  checkSize(size, shuffled.length, splits, ', as groups stay together');
  return folds.map((fold) => {
    const held = new Set(fold);
    return { heldOut: Int32Array.from(fold.slice(0, size)), train: shuffled.filter((row) => !held.has(row)) };
  });
}

function checkSize(size: number, subjects: number, splits: number, together = ''): void {
  if (size >= MIN_SUBJECTS) return;
  throw new InputError(
    'too-few-subjects',
    `${subjects} subjects in ${splits} splits leave ${size} to measure on${together}, ${MIN_SUBJECTS} are needed: ` +
      'take fewer splits, or more subjects.',
    { subjects, splits },
  );
}
