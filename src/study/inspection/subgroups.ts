// The groups of a study that are compared after a fit, for `inspect`.

import { MIN_SUBGROUP, type Subgroups } from '../../data/subgroups.js';
import { listing } from '../../quality/importance.js';
import type { Warning } from '../../quality/schema.js';
import type { Inspection, SubgroupsReport } from './inspection.js';

export function subgroupsReport({ column, levels, values, covariates, measuredIn }: Subgroups): SubgroupsReport {
  const rows = [...values.keys()].filter((row) => !Number.isNaN(values[row]));
  const lacking = rows.filter((row) => covariates.some((one) => Number.isNaN(one.values[row]))).length;
  return {
    column,
    groups: levels.map((name, g) => ({ name, subjects: rows.filter((row) => values[row] === g).length })),
    without: values.length - rows.length,
    ...(covariates.length > 0 && { adjust: covariates.map((one) => one.column), lacking }),
    ...(measuredIn.length > 0 && { measuredIn }),
  };
}

/** Returns the warnings about groups, one of each kind. */
export function subgroupWarnings({ subgroups }: Pick<Inspection, 'subgroups'>): Warning[] {
  const { column = '', groups = [], measuredIn = [] } = subgroups ?? {};
  const few = groups.filter(({ subjects }) => subjects < MIN_SUBGROUP);
  return [
    ...listing(
      'small-subgroup',
      few.map(({ name, subjects }) => `${name}: ${subjects} subjects`),
      `Groups of fewer than ${MIN_SUBGROUP} subjects are not compared.`,
    ),
    ...listing(
      'subgroup-is-measured',
      measuredIn.map((modality) => `${column}: ${modality}`),
      'A modality has the column of the groups. Its latents were made from it, so they differ between the groups by ' +
        'construction and are not compared. Write the column into omit to compare them.',
    ),
  ];
}
