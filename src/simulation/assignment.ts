// Random assignment of subjects to groups.

import type { RandomStream } from '../random/random-stream.js';

/**
 * Returns the group of each subject, from 0, by permuted blocks: every block of `groups` consecutive subjects has each
 * group once, in random order. More subjects do not change the groups of the first ones.
 */
export function blockRandomised(random: RandomStream, subjects: number, groups: number): Float64Array {
  const values = new Float64Array(subjects);
  for (let start = 0; start < subjects; start += groups) {
    values.set(random.permutation(groups).subarray(0, Math.min(groups, subjects - start)), start);
  }
  return values;
}
