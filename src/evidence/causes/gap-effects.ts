// Whether the missing values of a modality depend on a cause, as with drop-out or a detection limit. Then levels are
// compared in different subjects, or by different columns, and a difference of a latent need not be an effect on it.
// Gaps are data and no latents, so the subjects of all folds are tested together.

import type { Modality } from '../../data/dataset.js';
import { presenceOf } from '../../data/presence.js';
import { gapColumns, observedShares } from '../nuisance.js';
import { ALPHA } from '../pairs.js';
import { FreePermutations } from '../permutations.js';
import { CauseComparison, type ComparedLevel } from './cause-comparison.js';
import type { CauseStudy } from './cause-study.js';

/**
 * Smaller changes of the share of missing values are ignored: without the most extreme hundredth of the subjects, the
 * mean of a latent changes by 0.03 standard deviations.
 */
const MIN_CHANGE = 0.01;

/**
 * Returns a function that says whether the missing cells of a modality, or the subjects without it, depend on a level
 * or a number.
 * @param rows tested subjects, with and without the modality @param studies by cause
 */
export function gapTest(
  modality: Modality,
  rows: Int32Array,
  studies: readonly CauseStudy[],
  seed: number,
): (level: ComparedLevel) => boolean {
  const present = presenceOf(modality);
  const has = rows.filter((row) => present[row] === 1);
  const presence = [Float64Array.from(rows, (row) => present[row])];
  const gaps = has.length > 0 ? gapColumns(modality, has) : [];
  const permutations = new FreePermutations(seed);
  const depends = (of: Int32Array, columns: readonly Float64Array[], shares: () => readonly Float64Array[]) => {
    return (level: ComparedLevel): boolean => {
      const comparison = new CauseComparison(of, level, studies[level.position]);
      if (comparison.p(columns, { seed, permutations }) > ALPHA) return false;
      const rangeOf = comparison.rangeOf();
      return shares().some((share) => rangeOf(share) >= MIN_CHANGE);
    };
  };
  const tests = [
    ...(has.length < rows.length ? [depends(rows, presence, () => presence)] : []),
    ...(gaps.length > 0 ? [depends(has, gaps, () => observedShares(modality, has))] : []),
  ];
  return (level) => tests.some((test) => test(level));
}
