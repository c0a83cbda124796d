// Drafts a study file from tables: reads them, finds what identifies subjects, stacks files of the same columns, and
// looks at every column.

import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { InputError } from '../../errors/errors.js';
import type { Draft } from './draft.js';
import { covariatesOf, groupOf } from './draft-groups.js';
import { modalitiesOf, studyName } from './draft-modalities.js';
import { isTextFormat, readDraftTable, readDraftTables, type DraftTable } from './draft-table.js';
import { chooseIds, overlapOf } from './id-guess.js';
import { stackTables, type IdentifiedTable } from './stack-tables.js';

export interface DraftOptions {
  /** Path of the study file that will be written. */
  readonly out: string;
  /** Name of the column of ids. Default: the columns that join the tables. */
  readonly id?: string | undefined;
  /** True if row n of every table is the same subject. */
  readonly rows?: boolean | undefined;
}

/** Minimum share of the names of a header that are ids of other tables, for a table whose columns are subjects. */
const TRANSPOSED_SHARE = 0.5;
const MIN_TRANSPOSED = 5;
/**
 * Returns the draft of a study file.
 * @throws InputError `no-common-subjects`, `missing-column`, `missing-id`, `too-few-modalities`; what reading a table
 *   throws
 */
export async function draftStudy(paths: readonly string[], { out, id, rows = false }: DraftOptions): Promise<Draft> {
  const tables = await withTransposed(await readTables(paths, id));
  const ids = rows ? undefined : chooseIds(tables, id);
  const identified = tables.map((table, i) => ({ ...table, id: ids?.columns[i] }));
  const stacked = ids ? stackTables(identified) : identified;
  if (ids) checkJoined(stacked);
  const group = ids && groupOf(stacked);
  const location = (path: string): string => relativePath(dirname(resolve(out)), path);
  const covariates = covariatesOf(stacked, location);
  const modalities = modalitiesOf(stacked, { ids, group, location });
  return {
    study: studyName(out),
    id: ids
      ? { column: ids.name, certain: ids.doubts.length === 0, reason: [commonText(stacked), ...ids.doubts].join('; ') }
      : { column: null, certain: true, reason: 'tables are joined by the number of the row' },
    ...(group && { group }),
    ...modalities,
    ...(covariates && { covariates }),
  };
}

/**
 * Reads the tables in sequence: each may take much memory while it is read. A file that is named twice is read once.
 */
async function readTables(paths: readonly string[], id: string | undefined): Promise<DraftTable[]> {
  const tables: DraftTable[] = [];
  for (const path of new Set(paths)) tables.push(...(await readDraftTables(path, { id })));
  return tables;
}

/** Returns how many ids tables have in common. */
function commonText(tables: readonly IdentifiedTable[]): string {
  if (tables.length === 1) return `${tables[0].id!.ids.size} different ids`;
  const counts = new Map<string, number>();
  for (const { id } of tables) for (const one of id!.ids) counts.set(one, (counts.get(one) ?? 0) + 1);
  const inAll = [...counts.values()].filter((count) => count === tables.length).length;
  if (inAll > 0) return `${inAll} of ${counts.size} ids are in all tables`;
  const inSeveral = [...counts.values()].filter((count) => count > 1).length;
  return `${inSeveral} of ${counts.size} ids are in two tables or more`;
}

/** Returns a path relative to a folder with slashes, as study files have them; an absolute one for another drive. */
function relativePath(folder: string, path: string): string {
  const below = relative(folder, resolve(path));
  return (isAbsolute(below) ? resolve(path) : below).split(sep).join('/');
}

/** Reads a text table again whose header has the ids of another table: its rows are variables. */
async function withTransposed(tables: readonly DraftTable[]): Promise<DraftTable[]> {
  return Promise.all(
    tables.map(async (table) => {
      const header = new Set(table.columns.map(({ name }) => name));
      const isHeader = tables.some(
        (other) =>
          other !== table &&
          other.ids.some(({ ids }) => {
            const share = overlapOf({ ids }, { ids: header });
            return share * Math.min(ids.size, header.size) >= MIN_TRANSPOSED && share >= TRANSPOSED_SHARE;
          }),
      );
      const [path] = table.paths;
      return isHeader && isTextFormat(path) ? readDraftTable(path, { transposed: true }) : table;
    }),
  );
}

/** @throws InputError `no-common-subjects` if the subjects of a table are in no other table */
function checkJoined(tables: readonly IdentifiedTable[]): void {
  if (tables.length < 2) return;
  const alone = tables.find((table) =>
    tables.every((other) => other === table || overlapOf(table.id!, other.id!) === 0),
  );
  if (alone === undefined) return;
  const examples = tables.map(({ paths, id }) => `${paths[0]} has ${[...id!.ids].slice(0, 3).join(', ')}, …`);
  throw new InputError(
    'no-common-subjects',
    `no subject of ${alone.paths.join(', ')} is in another table: ${examples.join('; ')}. Leave the table out, or ` +
      'bring its ids to the form of the other tables',
    { path: alone.paths[0] },
  );
}
