// Reads the key `group` of a study file: the column that says which rows belong together, from all modalities that have
// it.

import { InputError } from '../../errors/errors.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName, joinsRows } from '../grammar/subject-id.js';
import { rowOptions, subjectsOf, type TableForm, tableOf } from './subject-rows.js';
import { filesOf } from '../grammar/tables.js';

/** Rows of a file that has the column, or the error that it lacks the column. */
type FileGroups =
  | {
      readonly path: string;
      readonly rows: number;
      readonly subjects: readonly string[];
      readonly groups: readonly string[];
    }
  | { readonly missing: InputError; readonly rows: number };

/**
 * Returns the group of each subject, as text; undefined for a study without `group` and without windows. Windows belong
 * to the group of their recording; without `group`, a recording is a group.
 *
 * @param recordings recording of each subject that is a window
 * @throws InputError with the place in the study file: `missing-column` if no table has the column, `missing-group` if
 *   a subject has no group, `group-mismatch` if it has two; and what reading a table throws
 */
export async function readGroups(
  file: StudyFile,
  ids: readonly string[],
  recordings: ReadonlyMap<string, string>,
): Promise<string[] | undefined> {
  const { group: column } = file.config;
  const whole = (subject: string): string => recordings.get(subject) ?? subject;
  if (column === undefined) return recordings.size > 0 ? ids.map(whole) : undefined;
  const id = idName(file.config.id);
  const known = new Set([...ids, ...ids.map(whole)]);
  const groupOf = new Map<string, string>();
  const files = await groupFiles(file, column);
  for (const one of files) {
    if ('missing' in one) continue;
    const { path, subjects, groups } = one;
    for (const [row, subject] of subjects.entries()) {
      const group = groups[row];
      if (group === '' || !known.has(subject)) continue;
      const other = groupOf.get(subject) ?? group;
      if (other !== group) {
        throw new InputError(
          'group-mismatch',
          `${file.locate(['group'])}: ${id} ${subject} has two values of '${column}', ${other} and, in row ` +
            `${row + 1} of ${path}, ${group}; a row belongs to one group`,
          { path, row: row + 1, id: subject },
        );
      }
      groupOf.set(subject, group);
    }
  }
  const missing = files.flatMap((one) => ('missing' in one ? [one.missing] : []));
  if (missing.length === files.length) {
    const { code, message, details } = missing.at(0) ?? new InputError('missing-column', 'the study has no table');
    throw new InputError(code, `${file.locate(['group'])}: no table has the group; ${message}`, details, missing.at(0));
  }
  return ids.map((subject) => {
    const group = groupOf.get(subject) ?? groupOf.get(whole(subject));
    if (group !== undefined) return group;
    throw new InputError(
      'missing-group',
      `${file.locate(['group'])}: ${id} ${subject} has no '${column}' in any table; every row needs its group` +
        (file.config.missing === 'keep' ? ', so every modality needs the column; or write missing: drop' : ''),
      { id: subject },
    );
  });
}

/** Returns the groups in the modalities' files. A file that several modalities read in the same way is read once. */
async function groupFiles(file: StudyFile, column: string): Promise<FileGroups[]> {
  const byFile = new Map<string, FileGroups>();
  for (const [name, config] of Object.entries(file.config.modalities)) {
    const { table, at, form } = tableOf(config);
    for (const { files, paths } of filesOf(table)) {
      let before = 0;
      for (const [i, entry] of files.entries()) {
        const path = file.resolveTable(entry, ['modalities', name, ...at, ...paths[i]]);
        const { id, delimiter, transposed, recording, sheet, part } = form;
        const key = JSON.stringify([path, id, delimiter, transposed, recording, sheet, part, before]);
        const groups = byFile.get(key) ?? (await fileGroups(file, column, { path, form, before }));
        byFile.set(key, groups);
        before += groups.rows;
      }
    }
  }
  return [...byFile.values()];
}

async function fileGroups(
  file: StudyFile,
  column: string,
  { path, form, before }: { readonly path: string; readonly form: TableForm; readonly before: number },
): Promise<FileGroups> {
  const read = (texts: readonly string[]) =>
    file.readTable(path, { ...rowOptions(file, form, texts), keep: () => false });
  try {
    const table = await read([column]);
    const subjects = subjectsOf(file, form, table, before);
    return { path, rows: table.rows, subjects, groups: table.texts(column) };
  } catch (missing) {
    if (!(missing instanceof InputError && missing.code === 'missing-column')) throw missing;
    // If rows are numbered, the numbers of the next file continue from these.
    return { missing, rows: joinsRows(file.config.id) ? (await read([])).rows : 0 };
  }
}
