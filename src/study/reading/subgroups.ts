// Reads the groups of a study file that are compared after a fit. They never enter the data set.

import type { Modality } from '../../data/dataset.js';
import { SUBGROUP_COUNTS, type Subgroups } from '../../data/subgroups.js';
import { InputError } from '../../errors/errors.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { SubgroupsConfig } from '../grammar/subgroups.js';
import type { SubgroupsReport } from '../inspection/inspection.js';
import { subgroupsReport } from '../inspection/subgroups.js';
import { readSubjectVariables } from './aligned-variables.js';
import { isMeasured, type OutcomeSubjects } from './outcomes.js';
import type { ColumnForm } from './subject-variables.js';

const AT = ['subgroups'];

export interface SubgroupsInspected {
  readonly subgroups: Subgroups;
  readonly report: SubgroupsReport;
}

/**
 * Reads the groups of some subjects, and reports their sizes.
 * @throws what `readSubgroups` throws
 */
export async function subgroupsInspected(
  file: StudyFile,
  config: SubgroupsConfig,
  subjects: OutcomeSubjects,
): Promise<SubgroupsInspected> {
  const subgroups = await readSubgroups(file, config, subjects);
  return { subgroups, report: subgroupsReport(subgroups) };
}

/**
 * Reads the groups of some subjects.
 * @throws InputError with the place in the study file: what `readTableGroup` throws; `invalid-subgroups` for a column
 *   with fewer than 2 or more than 10 values, and for rows of one `group` in several subgroups; `no-common-subjects`,
 *   `unknown-level`
 */
async function readSubgroups(
  file: StudyFile,
  config: SubgroupsConfig,
  { modalities, rows, ...subjects }: OutcomeSubjects,
): Promise<Subgroups> {
  const { column, levels: known, names, adjust = [], categories, terms } = config;
  const forms = new Map<string, ColumnForm>([[column, known ? { levels: known } : 'levels']]);
  for (const one of adjust) forms.set(one, categories.includes(one) ? 'levels' : 'either');
  const [group, ...covariates] = await readSubjectVariables(file, config, { at: AT, columns: forms, rows, subjects });
  const present = [...new Set(group.values)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  checkCount(file, column, present.length);
  const levels = present.map((value) => group.levels![value]);
  const unused = Object.keys(names).find((level) => !levels.includes(level));
  if (unused !== undefined) throw invalid(file, ['names', unused], `no subject has the value '${unused}'`);
  const positions = new Map(present.map((value, position) => [value, position]));
  const values = group.values.map((value) => positions.get(value) ?? NaN);
  const measured = (modality: Modality) =>
    isMeasured(file, { at: AT, config, columns: [column] }, { modality, measured: [group] });
  const result = {
    ...{ column, covariates, terms, values },
    levels: levels.map((level) => names[level] ?? level),
    measuredIn: modalities.filter(measured).map(({ name }) => name),
  };
  checkGroups(file, result, subjects.groups);
  return result;
}

function checkCount(file: StudyFile, column: string, count: number): void {
  const [min, max] = SUBGROUP_COUNTS;
  if (count >= min && count <= max) return;
  const remedy =
    count > max ? 'join values with recode, or name a column of categories' : 'name a column that divides the subjects';
  throw invalid(
    file,
    ['column'],
    `the subjects have ${count} values of '${column}', and ${min} to ${max} are needed; ${remedy}`,
  );
}

/** Rows that belong together are one unit of a test, which is in one group. */
function checkGroups(file: StudyFile, { values, levels }: Subgroups, groups: readonly string[] | undefined): void {
  if (!groups) return;
  const known = new Map<string, number>();
  for (const [row, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const first = known.get(groups[row]) ?? value;
    known.set(groups[row], first);
    if (first === value) continue;
    throw invalid(
      file,
      ['column'],
      `rows of ${file.config.group ?? 'group'} ${groups[row]} are in ${levels[first]} and in ${levels[value]}; ` +
        'the tests compare different people, so name a column that is the same in all rows of a group',
    );
  }
}

function invalid(file: StudyFile, at: readonly string[], problem: string): InputError {
  return new InputError('invalid-subgroups', `${file.locate([...AT, ...at])}: ${problem}`);
}
