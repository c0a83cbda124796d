// The subjects of a comparison: those in a group, with all variables, in groups that are large enough.

import { MIN_SUBGROUP, type Subgroups } from '../../data/subgroups.js';
import { covariateColumns } from '../outcomes/covariate-columns.js';
import { unitsOf } from '../outcomes/units.js';
import { MIN_DEGREES } from './group-slopes.js';

/** The compared subjects, or groups of rows that belong together. */
export interface ComparedSample {
  /** Positions of the compared groups among all groups of the study. */
  readonly compared: readonly number[];
  /** Number of subjects of each group of the study, also of those that are not compared. */
  readonly sizes: Int32Array;
  /** Position of the group of each subject among the compared groups. */
  readonly groups: Int32Array;
  /** Variables × subjects, in standard deviations of the compared subjects. */
  readonly variables: readonly Float64Array[];
  readonly covariates: readonly Float64Array[];
  /** Rows of the data set of each subject. */
  readonly members: readonly (readonly number[])[];
  /** Returns the positions of the subjects of a compared group. */
  readonly rowsOf: (group: number) => Int32Array;
}

/**
 * Returns the sample of a comparison; undefined if fewer than two groups are large enough.
 * @param variables values by subject of the data set, NaN where missing
 * @param rowGroups group of each row, if rows belong together; such rows count once
 * @param terms number of coefficients of each group without those of the covariates
 */
export function comparedSample(
  subgroups: Subgroups,
  variables: readonly Float64Array[],
  rowGroups: readonly string[] | undefined,
  terms = 1,
): ComparedSample | { readonly sizes: Int32Array } {
  const all = unitsFor(subgroups, subgroups.values, variables, rowGroups);
  const sizes = new Int32Array(subgroups.levels.length);
  for (const value of all.values) sizes[value]++;
  const taken = terms + covariateColumns(all.covariates, subgroups.terms).length;
  const minimum = Math.max(MIN_SUBGROUP, taken + MIN_DEGREES);
  const compared = [...sizes.keys()].filter((group) => sizes[group] >= minimum);
  if (compared.length < 2) return { sizes };
  const values = subgroups.values.map((value) => (compared.includes(value) ? value : NaN));
  const units = unitsFor(subgroups, values, variables, rowGroups);
  const groups = Int32Array.from(units.values, (value) => compared.indexOf(value));
  return {
    ...{ compared, sizes, groups },
    variables: units.latents,
    covariates: covariateColumns(units.covariates, subgroups.terms),
    members: units.members,
    rowsOf: (group) => Int32Array.from(groups.keys()).filter((row) => groups[row] === group),
  };
}

function unitsFor(
  { column, covariates, terms }: Subgroups,
  values: Float64Array,
  variables: readonly Float64Array[],
  rowGroups: readonly string[] | undefined,
) {
  const outcome = { name: column, column, kind: 'categorical', values, covariates, terms, measuredIn: [] } as const;
  return unitsOf(outcome, variables, rowGroups);
}
