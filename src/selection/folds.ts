// The folds of the cross-validation.

import { joined } from '../data/select-rows.js';
import { rowsByGroup } from '../data/split.js';
import { InputError } from '../errors/errors.js';
import { permutation, seedKey } from '../random/streams.js';

export interface Fold {
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
}

/** Minimum number of held-out subjects of a fold. */
const MIN_SUBJECTS = 10;
/** Philox stream of the permutation that determines the folds, far from those of noise and order. */
const SPLIT_STREAM = 0x30000;

/**
 * Returns folds with disjoint held-out subjects of equal number, each with all other subjects for training.
 *
 * @param groups group of every row of the data set, if rows belong together: all rows of a group are held out together.
 *   Folds are as even as groups allow. Rows of a fold beyond the size of the smallest one are neither trained on nor
 *   held out in that fold
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

/** Assigns the largest groups first, each to the fold with the fewest subjects so far. */
function groupFolds(shuffled: Int32Array, splits: number, groups: readonly string[]): Fold[] {
  const members = [...rowsByGroup(Array.from(shuffled, (row) => groups[row])).values()];
  members.sort((a, b) => b.length - a.length);
  const folds = Array.from({ length: splits }, () => new Array<number>());
  for (const positions of members) {
    const shortest = folds.reduce((best, fold) => (fold.length < best.length ? fold : best));
    shortest.push(...positions.map((position) => shuffled[position]));
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
    `${subjects} subjects in ${splits} splits leave ${size} held-out subjects${together}; ${MIN_SUBJECTS} are ` +
      'needed: ' +
      'use fewer splits, or more subjects.',
    { subjects, splits },
  );
}
