// The key `group` of a study file: the column that says which rows belong together, wherever the modalities have it.

import { InputError } from '../errors.js';
import { readTable } from '../files/read-table.js';
import type { Table } from '../files/table.js';
import type { StudyFile } from './study-file.js';

/**
 * The group of each subject, as text.
 *
 * @returns undefined for a study without `group`
 * @throws InputError with the place in the study file: `missing-column` when no table has the column, `missing-group`
 *   when a subject has none, `group-mismatch` when it has two; and what reading a table throws
 */
export async function readGroups(file: StudyFile, ids: readonly string[]): Promise<string[] | undefined> {
  const { group: column, id } = file.config;
  if (column === undefined) return undefined;
  const known = new Set(ids);
  const groupOf = new Map<string, string>();
  let missing: InputError | undefined;
  const tables = Object.entries(file.config.modalities).flatMap(([name, { table }]) =>
    [table].flat(2).map((entry) => file.resolveTable(entry, ['modalities', name, 'table'])),
  );
  let found = 0;
  for (const path of new Set(tables)) {
    let table: Table;
    try {
      table = await readTable(path, { text: [id, column], keep: () => false });
    } catch (error) {
      if (!(error instanceof InputError && error.code === 'missing-column')) throw error;
      missing ??= error;
      continue;
    }
    found++;
    const groups = table.texts(column);
    for (const [row, subject] of table.texts(id).entries()) {
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
  if (found === 0 && missing) {
    const { code, message, details } = missing;
    throw new InputError(code, `${file.locate(['group'])}: no table has the group; ${message}`, details, missing);
  }
  return ids.map((subject) => {
    const group = groupOf.get(subject);
    if (group !== undefined) return group;
    throw new InputError(
      'missing-group',
      `${file.locate(['group'])}: ${id} ${subject} has no '${column}' in any table; every row needs its group`,
      { id: subject },
    );
  });
}
