// One modality's table from its files: lists are stacked by rows, lists of lists joined on the subject's id.

import { InputError, InterlatentError } from '../errors.js';
import { readTable } from '../files/read-table.js';
import { missingColumn, type Table } from '../files/table.js';
import type { TableReport } from './inspection.js';
import type { StudyFile } from './study-file.js';
import type { ModalityConfig } from './study-schema.js';

/** Raw values of the subjects of one modality; NaN where missing, codes included. */
export interface ModalityTable {
  readonly name: string;
  readonly ids: readonly string[];
  readonly columns: readonly { readonly name: string; readonly values: Float64Array }[];
  readonly tables: readonly (readonly TableReport[])[];
  readonly stacked: readonly number[];
  readonly textColumns: readonly string[];
}

interface Part {
  readonly ids: readonly string[];
  readonly rowOf: ReadonlyMap<string, number>;
  readonly columns: ReadonlyMap<string, Float64Array>;
  readonly textColumns: readonly string[];
  readonly available: readonly string[];
  readonly tables: readonly TableReport[];
}

/**
 * Read, stack and join the files of a modality.
 *
 * @param wanted columns to use, in order; without them all numeric columns but the id and those to omit
 * @throws InputError with the place in the study file: `missing-column`, `not-numeric`, `not-finite`, `duplicate-id`,
 *   `missing-id`, `columns-disagree`, `duplicate-column`, `no-common-subjects`, and what reading a table throws
 */
export async function readModality(
  file: StudyFile,
  name: string,
  wanted: readonly string[] | undefined = file.config.modalities[name].columns,
): Promise<ModalityTable> {
  const config = file.config.modalities[name];
  const groups = groupsOf(config.table);
  const parts: Part[] = [];
  for (const { files, paths } of groups) {
    const tables: Table[] = [];
    for (const [i, entry] of files.entries()) tables.push(await readOne(file, name, { entry, at: paths[i], wanted }));
    parts.push(stack(file, name, { tables, wanted }));
  }
  const columns = columnsOf(file, name, { parts, wanted });
  checkNames(file, name, parts);

  const [first, ...others] = parts;
  const ids = first.ids.filter((id) => others.every(({ rowOf }) => rowOf.has(id)));
  if (ids.length === 0) throw noOverlap(file, name, parts);
  const rows = new Map(parts.map((part) => [part, ids.map((id) => part.rowOf.get(id) ?? -1)]));
  return {
    name,
    ids,
    columns: columns.map(({ column, part }) => {
      const values = part.columns.get(column) ?? new Float64Array();
      const codes = new Set(Object.hasOwn(config.missing, column) ? config.missing[column] : []);
      const selected = new Float64Array(ids.length);
      for (const [subject, row] of (rows.get(part) ?? []).entries())
        selected[subject] = codes.has(values[row]) ? NaN : values[row];
      return { name: column, values: selected };
    }),
    tables: parts.map(({ tables }) => tables),
    stacked: parts.map((part) => part.ids.length),
    textColumns: parts.flatMap(({ textColumns }) => textColumns),
  };
}

/** The files of each joined part, with their places in the study file. */
function groupsOf(table: ModalityConfig['table']): { files: readonly string[]; paths: (string | number)[][] }[] {
  if (typeof table === 'string') return [{ files: [table], paths: [['table']] }];
  if (isFileList(table)) return [{ files: table, paths: table.map((_, i) => ['table', i]) }];
  return table.map((files, group) => ({ files, paths: files.map((_, i) => ['table', group, i]) }));
}

function isFileList(table: readonly string[] | readonly (readonly string[])[]): table is readonly string[] {
  return typeof table[0] === 'string';
}

interface OneTable {
  readonly entry: string;
  readonly at: readonly (string | number)[];
  readonly wanted: readonly string[] | undefined;
}

async function readOne(file: StudyFile, name: string, { entry, at, wanted }: OneTable): Promise<Table> {
  const { id, modalities } = file.config;
  const place = ['modalities', name, ...at];
  const { omit = [] } = modalities[name];
  const path = file.resolveTable(entry, place);
  const kept = wanted && new Set(wanted);
  return atPlace(file, place, () =>
    readTable(path, { text: [id], keep: (column) => (kept ? kept.has(column) : !omit.includes(column)) }),
  );
}

function stack(
  file: StudyFile,
  name: string,
  { tables, wanted }: { tables: readonly Table[]; wanted: readonly string[] | undefined },
): Part {
  const { id } = file.config;
  const place = ['modalities', name];
  const [first] = tables;
  const names = first.columns.filter((column) => column !== id);
  for (const table of tables) {
    const odd = [...difference(names, table.columns), ...difference(table.columns, [...names, id])];
    if (odd.length > 0)
      throw new InputError(
        'columns-disagree',
        `${file.locate([...place, 'table'])}: ${first.path} and ${table.path} cannot be stacked: only one of them has ` +
          `${odd.slice(0, 8).join(', ')}${odd.length > 8 ? ', …' : ''}; list them in omit, or the common ones in columns`,
        { columns: odd },
      );
  }
  const textColumns = wanted ? [] : names.filter((column) => tables.every((table) => table.kind(column) === 'text'));
  const numeric = difference(names, textColumns);
  const { ids, rowOf } = collectIds(file, tables);
  const columns = new Map<string, Float64Array>();
  for (const column of numeric) {
    const values = new Float64Array(ids.length);
    let start = 0;
    for (const table of tables) {
      values.set(numbersOf(file, name, table, column), start);
      start += table.rows;
    }
    columns.set(column, values);
  }
  const available = [...new Set(tables.flatMap((table) => table.available))];
  return {
    ids,
    rowOf,
    columns,
    textColumns,
    available,
    tables: tables.map(({ path, rows }) => ({ file: path, rows })),
  };
}

function numbersOf(file: StudyFile, name: string, table: Table, column: string): Float64Array {
  const { modalities } = file.config;
  const listed = modalities[name].columns?.indexOf(column) ?? -1;
  const place = file.locate(['modalities', name, ...(listed >= 0 ? ['columns', listed] : ['table'])]);
  let values: Float64Array;
  try {
    values = table.numbers(column);
  } catch (cause) {
    throw prefixed(place, cause, '; leave the column out (columns, omit) or correct the cell');
  }
  const row = values.findIndex((value) => value === Infinity || value === -Infinity);
  if (row >= 0)
    throw new InputError(
      'not-finite',
      `${place}: row ${row + 1} of column '${column}' in ${table.path} is infinite; correct it or leave the cell empty`,
      { path: table.path, column, row: row + 1 },
    );
  return values;
}

function collectIds(file: StudyFile, tables: readonly Table[]): { ids: string[]; rowOf: Map<string, number> } {
  const { id } = file.config;
  const ids: string[] = [];
  const rowOf = new Map<string, number>();
  for (const table of tables)
    for (const [row, subject] of table.texts(id).entries()) {
      if (subject === '')
        throw new InputError('missing-id', `row ${row + 1} of ${table.path} has no '${id}'; every row needs one`, {
          path: table.path,
          row: row + 1,
        });
      if (rowOf.has(subject))
        throw new InputError(
          'duplicate-id',
          `${id} ${subject} stands twice, the second time in row ${row + 1} of ${table.path}; a subject has one row`,
          { path: table.path, row: row + 1, id: subject },
        );
      rowOf.set(subject, ids.length);
      ids.push(subject);
    }
  return { ids, rowOf };
}

interface PlacedColumn {
  readonly column: string;
  readonly part: Part;
}

function columnsOf(
  file: StudyFile,
  name: string,
  { parts, wanted }: { parts: readonly Part[]; wanted: readonly string[] | undefined },
): PlacedColumn[] {
  const placed: PlacedColumn[] = [];
  const holder = new Map<string, Part>();
  for (const part of parts)
    for (const column of part.columns.keys()) {
      if (holder.has(column))
        throw new InputError(
          'duplicate-column',
          `${file.locate(['modalities', name, 'table'])}: two joined tables have a column '${column}' ` +
            `(${holder.get(column)?.tables[0]?.file} and ${part.tables[0]?.file}); rename it in one of them or omit it`,
          { column },
        );
      holder.set(column, part);
      placed.push({ column, part });
    }
  if (placed.length === 0 && wanted === undefined)
    throw new InputError(
      'no-columns',
      `${file.locate(['modalities', name, 'table'])}: modality '${name}' has no numeric column besides the id`,
      { modality: name },
    );
  return (
    wanted?.map((column, i) => {
      const part = holder.get(column);
      if (part) return { column, part };
      const available = parts.flatMap((candidate) => candidate.available);
      const files = parts.flatMap(({ tables }) => tables.map((table) => table.file)).join(', ');
      throw prefixed(
        file.locate(['modalities', name, 'columns', i]),
        missingColumn(
          column,
          available.filter((candidate) => candidate !== file.config.id),
          files,
        ),
      );
    }) ?? placed
  );
}

/** Names in omit, missing, labels and log must exist: a misspelled one would silently do nothing. */
function checkNames(file: StudyFile, name: string, parts: readonly Part[]): void {
  const { omit = [], missing, labels, log } = file.config.modalities[name];
  const available = [...new Set(parts.flatMap((part) => part.available))];
  const path = `modality '${name}'`;
  const check = (column: string, at: (string | number)[]) => {
    if (!available.includes(column))
      throw prefixed(file.locate(['modalities', name, ...at]), missingColumn(column, available, path));
  };
  omit.forEach((column, i) => {
    check(column, ['omit', i]);
  });
  Object.keys(labels).forEach((column) => {
    check(column, ['labels', column]);
  });
  Object.keys(missing).forEach((column) => {
    check(column, ['missing', column]);
  });
  if (typeof log !== 'boolean')
    log.forEach((column, i) => {
      check(column, ['log', i]);
    });
}

function noOverlap(file: StudyFile, name: string, parts: readonly Part[]): InputError {
  const examples = parts.map(({ ids, tables }) => `${tables[0]?.file} has ${ids.slice(0, 3).join(', ')}, …`);
  return new InputError(
    'no-common-subjects',
    `${file.locate(['modalities', name, 'table'])}: the tables of '${name}' share no ${file.config.id}: ${examples.join('; ')}`,
    { modality: name },
  );
}

async function atPlace<T>(file: StudyFile, place: readonly (string | number)[], read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw prefixed(file.locate(place), cause);
  }
}

/** The same error with the place in the study file that led to it. */
function prefixed(place: string, cause: unknown, advice = ''): unknown {
  if (!(cause instanceof InterlatentError)) return cause;
  const { code, message, details } = cause;
  const kind = cause.constructor as typeof InterlatentError;
  return new kind(code, `${place}: ${message}${advice}`, { ...details }, cause.cause);
}

function difference(names: readonly string[], without: readonly string[]): string[] {
  const excluded = new Set(without);
  return names.filter((name) => !excluded.has(name));
}
