// Variables of subjects that are read after the data set and aligned with its subjects, such as outcomes.

import type { SubjectVariable } from '../../data/outcomes.js';
import { InputError } from '../../errors/errors.js';
import type { VariablesConfig } from '../grammar/outcomes.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName, lookAlikeText } from '../grammar/subject-id.js';
import type { StudyPath } from '../grammar/tables.js';
import { readVariables, type VariablesPlace } from './subject-variables.js';

/** Subjects for which variables are selected. */
export interface VariableSubjects {
  readonly ids: readonly string[];
  /** Recording of each subject that is a window. Windows have the values of their recording. */
  readonly recordings: ReadonlyMap<string, string>;
  /** Group of each subject. If no subject is in the table, but groups are, subjects have the values of their group. */
  readonly groups: readonly string[] | undefined;
}

/**
 * Returns the row of a table that each subject has, −1 if it has none.
 * @param at place of the table in the study file
 * @param known ids of the table
 * @throws InputError `no-common-subjects` if the table has none of the subjects
 */
export function rowsOfSubjects(
  file: StudyFile,
  at: StudyPath,
  known: readonly string[],
  { ids, recordings, groups }: VariableSubjects,
): Int32Array {
  const rowOf = new Map(known.map((subject, row) => [subject, row]));
  const hasRows = (rows: Int32Array) => rows.some((row) => row >= 0);
  const rows = Int32Array.from(ids, (id) => rowOf.get(id) ?? rowOf.get(recordings.get(id) ?? '') ?? -1);
  if (hasRows(rows)) return rows;
  const ofGroups = groups && Int32Array.from(groups, (group) => rowOf.get(group) ?? -1);
  if (ofGroups && hasRows(ofGroups)) return ofGroups;
  const id = idName(file.config.id);
  throw new InputError(
    'no-common-subjects',
    `${file.locate([...at, 'table'])}: the table of ${at.join('.')} has none of the ${ids.length} subjects: it has ` +
      `${id} ${known.slice(0, 3).join(', ')}, …; the study has ${ids.slice(0, 3).join(', ')}, …. Ids that are ` +
      `written differently are brought to one form by id: { column, replace, keep, case }` +
      lookAlikeText([ids, known]),
    { name: String(at.at(-1)) },
  );
}

/**
 * Reads columns of one table for some subjects; values are NaN for subjects that the table lacks.
 * @throws InputError what `readVariables` and `rowsOfSubjects` throw
 */
export async function readSubjectVariables(
  file: StudyFile,
  config: VariablesConfig,
  { subjects, ...place }: VariablesPlace & { readonly subjects: VariableSubjects },
): Promise<SubjectVariable[]> {
  const { ids, variables } = await readVariables(file, config, place);
  const rows = rowsOfSubjects(file, place.at, ids, subjects);
  return variables.map(({ values, ...variable }) => ({
    ...variable,
    values: Float64Array.from(rows, (row) => (row < 0 ? NaN : values[row])),
  }));
}
