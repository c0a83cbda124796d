// Variables of subjects that are read after the data set and aligned with its subjects, such as outcomes.

import type { SubjectVariable } from '../../data/outcomes.js';
import { InputError } from '../../errors/errors.js';
import type { VariablesConfig } from '../grammar/outcomes.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName, lookAlikeText } from '../grammar/subject-id.js';
import { readVariables, type VariablesPlace } from './subject-variables.js';

/** Subjects for which variables are selected. */
export interface VariableSubjects {
  readonly ids: readonly string[];
  /** Recording of each subject that is a window. Windows have the values of their recording. */
  readonly recordings: ReadonlyMap<string, string>;
  /** Group of each subject. If no subject is in the table, but groups are, subjects have the values of their group. */
  readonly groups: readonly string[] | undefined;
}

/** Returns the row of a table that each subject has, −1 if it has none. */
export function rowsOfSubjects(table: readonly string[], { ids, recordings, groups }: VariableSubjects): Int32Array {
  const rowOf = new Map(table.map((subject, row) => [subject, row]));
  const rows = Int32Array.from(ids, (id) => rowOf.get(id) ?? rowOf.get(recordings.get(id) ?? '') ?? -1);
  if (!groups || rows.some((row) => row >= 0)) return rows;
  return Int32Array.from(groups, (group) => rowOf.get(group) ?? -1);
}

/**
 * Reads columns of one table for some subjects; values are NaN for subjects that the table lacks.
 * @throws InputError what `readVariables` throws; `no-common-subjects` if the table has none of the subjects
 */
export async function readSubjectVariables(
  file: StudyFile,
  config: VariablesConfig,
  { subjects, ...place }: VariablesPlace & { readonly subjects: VariableSubjects },
): Promise<SubjectVariable[]> {
  const { ids, variables } = await readVariables(file, config, place);
  const rows = rowsOfSubjects(ids, subjects);
  if (!rows.some((row) => row >= 0)) {
    const id = idName(file.config.id);
    throw new InputError(
      'no-common-subjects',
      `${file.locate([...place.at, 'table'])}: the table of ${place.at.join('.')} has none of the ` +
        `${subjects.ids.length} subjects: it has ${id} ${ids.slice(0, 3).join(', ')}, …; the study has ` +
        `${subjects.ids.slice(0, 3).join(', ')}, …. Ids that are written differently are brought to one form by ` +
        `id: { column, replace, keep, case }${lookAlikeText([ids, subjects.ids])}`,
      { name: String(place.at.at(-1)) },
    );
  }
  return variables.map(({ values, ...variable }) => ({
    ...variable,
    values: Float64Array.from(rows, (row) => (row < 0 ? NaN : values[row])),
  }));
}
