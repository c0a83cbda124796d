// Reads the measured columns for a discovery: it joins tables by an id, and converts texts to levels.

import { basename } from 'node:path';
import type { DataColumn } from '../causal/discovery/columns.js';
import type { Described } from '../causal/discovery/declared.js';
import { TESTS } from '../causal/discovery/independence/tests.js';
import { SCORES } from '../causal/discovery/search/scores.js';
import { InputError } from '../errors/errors.js';
import { readTable, TABLE_EXTENSIONS } from '../files/read-table.js';
import { missingColumn, type Table } from '../files/table.js';

export interface ColumnChoice {
  /** Column that joins the tables. It is not a variable. */
  readonly id?: string;
  /** Variables to use, in this order. Default: all. */
  readonly columns?: readonly string[];
  /** Column of the environments of the rows. It is not a variable. */
  readonly environments?: string | undefined;
  /** Text columns that are variables: none, those with two levels, or all. */
  readonly texts: Described['texts'];
  /** True if the modality of a column is the name of its table. Default: true for several tables. */
  readonly isNamed?: boolean;
}

export interface ReadColumns {
  readonly columns: readonly DataColumn[];
  /** Subject of each row. Undefined for one table without an id. */
  readonly ids: readonly string[] | undefined;
  /** Environment of each row. Undefined unless a column of environments was named. */
  readonly levels: readonly string[] | undefined;
  /** Names of text columns that the test cannot use. */
  readonly leftOut: readonly string[];
}

interface Source {
  readonly path: string;
  readonly ids: readonly string[] | undefined;
  readonly levels: readonly string[] | undefined;
  readonly columns: readonly DataColumn[];
  readonly leftOut: readonly string[];
}

/**
 * Reads and joins tables. The rows are those of the first table whose id is in all tables.
 * @throws InputError `missing-file`, `unknown-format`, `missing-id`, `duplicate-id`, `no-shared-rows`,
 *   `missing-column`, `not-numeric`, `duplicate-variable`; the errors of reading a table
 */
export async function readColumns(paths: readonly string[], choice: ColumnChoice): Promise<ReadColumns> {
  if (paths.length > 1 && choice.id === undefined) {
    throw new InputError('missing-id', 'several tables are joined by an id: name its column with --id');
  }
  const sources: Source[] = [];
  const { isNamed = paths.length > 1 } = choice;
  for (const path of paths) sources.push(await readSource(path, choice, isNamed));
  const { columns: joined, ids, levels } = sources.length === 1 ? sources[0] : joinSources(sources);
  const leftOut = sources.flatMap((source) => source.leftOut);
  const where = paths.join(', ');
  if (choice.environments !== undefined && levels === undefined) {
    const names = [...joined.map(({ name }) => name), ...leftOut];
    throw missingColumn(choice.environments, names, where);
  }
  return { columns: choose(joined, leftOut, choice.columns, where), ids, levels, leftOut };
}

async function readSource(path: string, { id, texts, environments }: ColumnChoice, isNamed: boolean): Promise<Source> {
  const ids = id === undefined ? [] : [id];
  const numeric = await readTable(path, { text: ids, keep: () => true });
  const variables = numeric.columns.filter((name) => name !== id && name !== environments);
  const labels = numeric.columns.filter((name) => name === environments);
  // A column with numbers and texts is discrete if levels can be any text. Otherwise it is an error in the table.
  const textual = variables.filter(
    (name) => numeric.kind(name) === 'text' || (texts === 'all' && numeric.kind(name) === 'mixed'),
  );
  const asTexts = [...textual, ...labels];
  const table =
    asTexts.length === 0 ? numeric : await readTable(path, { text: [...ids, ...asTexts], keep: () => true });
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
  return {
    path,
    ids: id === undefined ? undefined : table.texts(id),
    levels: labels.map((name) => table.texts(name)).at(0),
    columns,
    leftOut,
  };
}

/** Numbers levels in alphabetical order, so that the sign of two levels does not depend on the order of the rows. */
function coded(table: Table, name: string): Pick<DataColumn, 'values' | 'levels' | 'isUnordered'> {
  const texts = table.texts(name);
  const levels = [...new Set(texts)].filter((text) => text !== '').sort();
  const codes = new Map(levels.map((text, code) => [text, code]));
  const values = Float64Array.from(texts, (text) => codes.get(text) ?? NaN);
  if (levels.length > 2) return { values, isUnordered: true };
  return { values, ...(levels.length === 2 && { levels: [levels[0], levels[1]] }) };
}

function joinSources(sources: readonly Source[]): Pick<ReadColumns, 'columns' | 'ids' | 'levels'> {
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
  const rowsOf = (s: number) => shared.map((id) => rowsById[s].get(id)!);
  const columns = sources.flatMap((source, s) => {
    const rows = rowsOf(s);
    return source.columns.map((column) => ({
      ...column,
      values: Float64Array.from(rows, (row) => column.values[row]),
    }));
  });
  const labelled = sources.findIndex(({ levels }) => levels !== undefined);
  const levels = labelled < 0 ? undefined : sources[labelled].levels;
  return { columns, ids: shared, levels: levels && rowsOf(labelled).map((row) => levels[row]) };
}

/** Selects columns. @throws InputError `not-numeric`, `missing-column` */
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
        `column '${name}' contains texts. ${namesWith('all')} accept them; ${namesWith('binary')} take two levels`,
        { column: name },
      );
    }
    throw missingColumn(name, [...byName.keys()], where);
  });
}

/** Returns the names of the tests and scores that use such text columns. */
function namesWith(texts: Described['texts']): string {
  const rows: readonly [string, Described][] = Object.entries({ ...TESTS, ...SCORES });
  return rows.flatMap(([name, row]) => (row.texts === texts ? [name] : [])).join(', ');
}
