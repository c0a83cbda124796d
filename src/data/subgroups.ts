// Groups of subjects, such as sexes, sites, or cohorts, that are compared after a fit (src/interpretation). No fit reads
// them. They have nothing to do with `groups` of a data set, which are rows that belong together.

import type { SubjectVariable } from './outcomes.js';

/** Minimum and maximum number of groups of a study. */
export const SUBGROUP_COUNTS = [2, 10] as const;

/**
 * Minimum number of subjects of a group that is compared. Two groups of 20 tell correlations of 0 and 0.7 apart in 7 of
 * 10 samples. With fewer, p of the tests is too small.
 */
export const MIN_SUBGROUP = 20;

/** The groups of a study, aligned with the subjects of its data set. */
export interface Subgroups {
  /** Column of the table. */
  readonly column: string;
  /** Names of the groups; comparisons of two are those of the second with the first. */
  readonly levels: readonly string[];
  /** Position of the group of each subject, NaN if it has none. */
  readonly values: Float64Array;
  /** Covariates for which comparisons are adjusted. */
  readonly covariates: readonly SubjectVariable[];
  /** How a covariate of numbers enters a regression. */
  readonly terms: 'linear' | 'spline';
  /** Modalities that have the column of the groups among their columns. Their latents were made from it. */
  readonly measuredIn: readonly string[];
}
