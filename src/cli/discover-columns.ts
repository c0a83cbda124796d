// The columns that a discovery sees: tables joined by an id, latents of a RUN, texts as levels.

import { basename } from 'node:path';
import type { DataColumn } from '../causal/discovery/columns.js';
import { InputError } from '../errors.js';
import { forbiddenEdges, unrelatedModalities } from '../evidence/index.js';
import { isFolder } from '../files/exists.js';
import { readTable, TABLE_EXTENSIONS } from '../files/read-table.js';
import { missingColumn, type Table } from '../files/table.js';
import { readRun } from '../training/run-folder.js';
import { readLatentColumns } from './latents-file.js';

export interface ColumnChoice {
  /** Column that joins the tables; it is no variable. */
  readonly id?: string;
  /** Variables to keep, in this order; all when left out. */
  readonly columns?: readonly string[];
  /** Which columns of text are variables: none, those with two levels, or all. */
  readonly texts: 'none' | 'binary' | 'all';
  /** True to take the latents that a RUN gives the subjects it was trained on. */
  readonly inSample: boolean;
}

export interface ReadColumns {
  readonly columns: readonly DataColumn[];
  /** RUN folders, whose latents are among the columns. */
  readonly runs: readonly string[];
  /** Subject of each row; undefined for one table without an id. */
  readonly ids: readonly string[] | undefined;
  /** Names of text columns that the test cannot use. */
  readonly leftOut: readonly string[];
  /** Subjects of a RUN who lack a modality whose latents enter, and are left out. */
  readonly lacking: number;
  /** Modalities that cross-fitting found nothing in common of: no edge is between their latents. */
  readonly unrelated: readonly (readonly [string, string])[];
  /** Edges between those latents, in both directions. */
  readonly forbidden: readonly (readonly [string, string])[];
}

interface Source {
  /** RUN folder, where the columns are its latents. */
  readonly run?: string;
  readonly path: string;
  readonly ids: readonly string[] | undefined;
  readonly columns: readonly DataColumn[];
  readonly leftOut: readonly string[];
  readonly lacking: number;
  readonly unrelated: readonly (readonly [string, string])[];
  readonly forbidden: readonly (readonly [string, string])[];
}

/**
 * Reads and joins tables and RUN folders; rows are those of the first source whose id is in all of them.
 * @throws InputError `missing-file`, `unknown-format`, `no-run`, `in-sample-latents`, `missing-id`, `duplicate-id`,
 *   `no-shared-rows`, `missing-column`, `not-numeric`, `duplicate-variable` and what reading a table throws
 */
export async function readColumns(paths: readonly string[], choice: ColumnChoice): Promise<ReadColumns> {
  if (paths.length > 1 && choice.id === undefined) {
    throw new InputError('missing-id', 'several tables are joined by an id: name its column with --id');
  }
  const sources: Source[] = [];
  for (const path of paths) {
    sources.push(
      (await isFolder(path)) ? await readLatents(path, choice) : await readSource(path, choice, paths.length > 1),
    );
  }
  const { columns: joined, ids } = sources.length === 1 ? sources[0] : joinSources(sources);
  const leftOut = sources.flatMap((source) => source.leftOut);
  const unrelated = sources.flatMap((source) => source.unrelated);
  const columns = choose(joined, leftOut, choice.columns, paths.join(', '));
  const names = new Set(columns.map(({ name }) => name));
  const forbidden = sources.flatMap((source) =>
    source.forbidden.filter((edge) => edge.every((name) => names.has(name))),
  );
  const runs = sources.flatMap(({ run }) => (run === undefined ? [] : [run]));
  const lacking = sources.reduce((sum, source) => sum + source.lacking, 0);
  return { columns, runs, ids, leftOut, lacking, unrelated, forbidden };
}

/** Latents of a fit, each with its modality. */
async function readLatents(run: string, choice: ColumnChoice): Promise<Source> {
  const { graph, summary } = await readRun(run);
  const latents = await readLatentColumns(run, graph, choice);
  const unrelated = choice.inSample ? [] : unrelatedModalities(summary.evidence?.pairs);
  return { ...latents, run, leftOut: [], unrelated, forbidden: forbiddenEdges(unrelated, graph.nodes) };
}

async function readSource(path: string, { id, texts }: ColumnChoice, isNamed: boolean): Promise<Source> {
  const ids = id === undefined ? [] : [id];
  const numeric = await readTable(path, { text: ids, keep: () => true });
  const variables = numeric.columns.filter((name) => name !== id);
  // A column of numbers and texts is discrete where levels may be anything, and a mistake elsewhere.
  const textual = variables.filter(
    (name) => numeric.kind(name) === 'text' || (texts === 'all' && numeric.kind(name) === 'mixed'),
  );
  const table =
    textual.length === 0 ? numeric : await readTable(path, { text: [...ids, ...textual], keep: () => true });
  const isUsed = (name: string) =>
    texts === 'all' || (texts === 'binary' && new Set(table.texts(name).filter((text) => text !== '')).size <= 2);
  const leftOut = textual.filter((name) => !isUsed(name));
  const suffix = TABLE_EXTENSIONS.find((extension) => path.endsWith(extension)) ?? '';
  const modality = isNamed ? { modality: basename(path, suffix) } : {};
  const columns = variables
    .filter((name) => !leftOut.includes(name))
    .map((name) => ({
      name,
      ...modality,
      ...(textual.includes(name) ? coded(table, name) : { values: table.numbers(name) }),
    }));
  const none = { lacking: 0, unrelated: [], forbidden: [] };
  return { path, ids: id === undefined ? undefined : table.texts(id), columns, leftOut, ...none };
}

/** Levels numbered in alphabetical order: two have a sign that does not depend on the order of the rows. */
function coded(table: Table, name: string): Pick<DataColumn, 'values' | 'levels' | 'isUnordered'> {
  const texts = table.texts(name);
  const levels = [...new Set(texts)].filter((text) => text !== '').sort();
  const codes = new Map(levels.map((text, code) => [text, code]));
  const values = Float64Array.from(texts, (text) => codes.get(text) ?? NaN);
  if (levels.length > 2) return { values, isUnordered: true };
  return { values, ...(levels.length === 2 && { levels: [levels[0], levels[1]] }) };
}

function joinSources(sources: readonly Source[]): { readonly columns: DataColumn[]; readonly ids: readonly string[] } {
  const rowsById = sources.map(({ path, ids = [] }) => {
    const rows = new Map<string, number>();
    for (const [row, id] of ids.entries()) {
      if (id === '') continue;
      if (rows.has(id)) throw new InputError('duplicate-id', `${path} has the id '${id}' in two rows`, { path, id });
      rows.set(id, row);
    }
    return rows;
  });
  const shared = [...rowsById[0].keys()].filter((id) => rowsById.every((rows) => rows.has(id)));
  if (shared.length === 0) {
    throw new InputError('no-shared-rows', `no id is in all of ${sources.map(({ path }) => path).join(', ')}`);
  }
  const columns = sources.flatMap((source, s) => {
    const rows = Int32Array.from(shared, (id) => rowsById[s].get(id)!);
    return source.columns.map((column) => ({
      ...column,
      values: Float64Array.from(rows, (row) => column.values[row]),
    }));
  });
  return { columns, ids: shared };
}

function choose(
  columns: readonly DataColumn[],
  leftOut: readonly string[],
  names: readonly string[] | undefined,
  where: string,
): readonly DataColumn[] {
  if (names === undefined) return columns;
  const byName = new Map(columns.map((column) => [column.name, column]));
  return names.map((name) => {
    const column = byName.get(name);
    if (column !== undefined) return column;
    if (leftOut.includes(name)) {
      throw new InputError(
        'not-numeric',
        `column '${name}' holds texts; the tests chisq and gsq and the score bdeu take those, mixed and ` +
          'degenerate-gaussian take two levels',
        { column: name },
      );
    }
    throw missingColumn(name, [...byName.keys()], where);
  });
}
