// The key `group` of a study file: the column that says which rows belong together, wherever the modalities have it.

import { InputError } from '../errors.js';
import type { StudyFile } from './study-file.js';
import { idName, joinsRows } from './subject-id.js';
import { rowOptions, subjectsOf, type TableForm } from './subject-rows.js';
import { tableOf } from './modality-files.js';
import { filesOf } from './tables.js';

/** Rows of a file that has the column, or why it does not. */
type FileGroups =
  | {
      readonly path: string;
      readonly rows: number;
      readonly subjects: readonly string[];
      readonly groups: readonly string[];
    }
  | { readonly missing: InputError; readonly rows: number };

/**
 * The group of each subject, as text. Windows belong to the group of their recording, or without `group` to their
 * recording.
 *
 * @param recordings of the subjects that are windows
 * @returns undefined for a study without `group` and without windows
 * @throws InputError with the place in the study file: `missing-column` when no table has the column, `missing-group`
 *   when a subject has none, `group-mismatch` when it has two; and what reading a table throws
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
  for (const found of files) {
    if ('missing' in found) continue;
    const { path, subjects, groups } = found;
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
  const missing = files.flatMap((found) => ('missing' in found ? [found.missing] : []));
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

/** What the modalities' files say of groups; a file that several modalities read in the same way is read once. */
async function groupFiles(file: StudyFile, column: string): Promise<FileGroups[]> {
  const found = new Map<string, FileGroups>();
  for (const [name, config] of Object.entries(file.config.modalities)) {
    const { table, at, form } = tableOf(config);
    for (const { files, paths } of filesOf(table)) {
      let before = 0;
      for (const [i, entry] of files.entries()) {
        const path = file.resolveTable(entry, ['modalities', name, ...at, ...paths[i]]);
        const { id, delimiter, transposed, recording, sheet, part } = form;
        const key = JSON.stringify([path, id, delimiter, transposed, recording, sheet, part, before]);
        const groups = found.get(key) ?? (await fileGroups(file, column, { path, form, before }));
        found.set(key, groups);
        before += groups.rows;
      }
    }
  }
  return [...found.values()];
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
    // Where rows are numbered, those of the next file go on from these.
    return { missing, rows: joinsRows(file.config.id) ? (await read([])).rows : 0 };
  }
}
