// Latents of folds that are compared within the values of observed causes, for tests of links.

import type { Dataset } from '../../data/dataset.js';
import type { CrossFitSplit } from '../cross-fit.js';
import { withoutCauses } from './cause-variables.js';

/** Returns the splits with latents without their differences between values of causes; without causes, the same. */
export function withinLevels(
  { causes, groups, covariates, ids }: Pick<Dataset, 'causes' | 'groups' | 'covariates' | 'ids'>,
  splits: readonly CrossFitSplit[],
): readonly CrossFitSplit[] {
  if (!causes) return splits;
  const names = groups ?? ids;
  return splits.map((split) => ({
    ...split,
    folds: split.folds.map((fold) => withoutCauses(fold, { causes, groups, covariates }, names)),
  }));
}
