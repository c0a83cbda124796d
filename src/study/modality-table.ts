// The table of a modality, or of a group of variables, from its files: lists are stacked by rows, lists of lists joined
// on the subject's id; then rows are selected, codes decoded, and several rows of a subject become one.

import { InputError, InterlatentError } from '../errors.js';
import { readTable } from '../files/read-table.js';
import { missingColumn, type NumberReader, type Table } from '../files/table.js';
import { hasLevels } from '../data/kinds.js';
import type { ColumnKind } from '../likelihoods/index.js';
import { adviceFor, CellReaders, namedColumns, type CensoredColumn } from './cells.js';
import type { TableReport } from './inspection.js';
import { decodeColumn, groupRepeats, rowsWhere, type AdjustedColumn } from './codes.js';
import { levelsOf, LevelTexts, ownKind, type ColumnKinds, type Levels } from './levels.js';
import type { StudyFile } from './study-file.js';
import { idName, subjectIds } from './subject-id.js';
import { rowOptions, subjectsOf } from './subject-rows.js';
import { filesOf, type StudyPath, type TableConfig } from './tables.js';

/** The place of a table in the study file, and its name in messages. */
export interface TableGroup {
  readonly at: StudyPath;
  readonly name: string;
  readonly config: TableConfig;
  /** Columns that the study lists under `log`. */
  readonly logged?: readonly string[];
  /** Of columns that are no measurements. */
  readonly kinds?: ColumnKinds;
}

export interface TableColumn {
  readonly name: string;
  readonly values: Float64Array;
  /** Of a column of levels, whose values are their positions. */
  readonly levels?: readonly string[] | undefined;
}

/** Values of the subjects of one modality; NaN where missing, codes included. */
export interface ModalityTable {
  readonly name: string;
  readonly ids: readonly string[];
  readonly columns: readonly TableColumn[];
  readonly tables: readonly (readonly TableReport[])[];
  readonly stacked: readonly number[];
  readonly textColumns: readonly string[];
  /** Rows that `where` left out. */
  readonly filtered: number;
  /** Subjects that `where` left out; with `repeats`, where rows are measurements, nobody. */
  readonly excluded: readonly string[];
  /** Subjects left out because they have fewer rows than `repeats.least`. */
  readonly few: number;
  readonly adjusted: readonly AdjustedColumn[];
  readonly censored: readonly CensoredColumn[];
  /** How a subject is told, where it is more than a column with a name. */
  readonly id: string | undefined;
}

interface Part {
  /** One per row; the same one several times where rows are repeats. */
  readonly ids: readonly string[];
  readonly rowOf: ReadonlyMap<string, number>;
  readonly columns: ReadonlyMap<string, Float64Array>;
  readonly textColumns: readonly string[];
  readonly available: readonly string[];
  readonly tables: readonly TableReport[];
}

/** A column of the standard deviations over a subject's rows. */
const SPREAD = '.sd';

/**
 * Read, stack and join the files of a modality, or of a group of variables of a discovery.
 *
 * @param wanted columns to use, in order; without them all numeric columns but the id and those to omit
 * @throws InputError with the place in the study file: `missing-column`, `not-numeric`, `not-finite`, `duplicate-id`,
 *   `missing-id`, `columns-disagree`, `duplicate-column`, `no-common-subjects`, `no-rows-left`, and what reading a
 *   table throws
 */
export async function readTableGroup(
  file: StudyFile,
  group: TableGroup,
  wanted: readonly string[] | undefined = group.config.columns,
): Promise<ModalityTable> {
  const { config, name } = group;
  const bases = wanted && [...new Set(wanted.map((column) => baseOf(column, config)))];
  const needed = new Set([...Object.keys(config.where), ...Object.values(config.skips).map(({ when }) => when)]);
  const choice = { wanted: bases, needed };
  const cells = new CellReaders(config);
  const texts = new LevelTexts();
  const isLevelled = (column: string): boolean => hasLevels(kindOf(group, column));
  const numberOf = (column: string) => (isLevelled(column) ? texts.reader(column, cells.of(column)) : cells.of(column));
  const parts: Part[] = [];
  for (const { files, paths } of filesOf(config.table)) {
    const tables: Table[] = [];
    for (const [i, entry] of files.entries()) {
      tables.push(await readOne(file, group, { entry, at: paths[i], numberOf, ...choice }));
    }
    parts.push(stack(file, group, { tables, ...choice }));
  }
  const used = columnsOf(file, group, { parts, ...choice });
  checkNames(file, group, parts);
  const joined = join(file, group, parts);
  const positions = rowsWhere(joined.ids.length, joined.raw, config.where);
  if (positions.length === 0) {
    throw new InputError(
      'no-rows-left',
      `${file.locate([...group.at, 'where'])}: no row of '${name}' is in all ranges; widen them`,
      { name },
    );
  }
  const selected = (column: string) => {
    const values = joined.raw(column);
    return Float64Array.from(positions, (row) => values[row]);
  };
  const ids = Array.from(positions, (row) => joined.ids[row]);
  const decoded = new Map(used.map((column) => [column, decodeColumn(column, selected, config)]));
  const rows = config.repeats && groupRepeats(ids, config.repeats.least);
  if (rows?.ids.length === 0) {
    throw new InputError(
      'no-rows-left',
      `${file.locate([...group.at, 'repeats'])}: no subject of '${name}' has ${config.repeats?.least} rows; ` +
        'lower least',
      { name },
    );
  }
  return {
    name,
    ids: rows?.ids ?? ids,
    columns: (wanted ?? used).map((column) => {
      const { values } = decoded.get(baseOf(column, config))!;
      if (isLevelled(column)) return { name: column, ...levelsOfColumn(file, group, { column, values, ids, texts }) };
      if (rows === undefined) return { name: column, values };
      return { name: column, values: decoded.has(column) ? rows.mean(values) : rows.sd(values) };
    }),
    tables: parts.map(({ tables }) => tables),
    stacked: parts.map((part) => new Set(part.ids).size),
    textColumns: parts.flatMap(({ textColumns }) => textColumns),
    filtered: joined.ids.length - positions.length,
    excluded: rows ? [] : difference(joined.ids, ids),
    few: rows?.few ?? 0,
    adjusted: [...decoded.values()]
      .filter(({ filled, below, above }) => filled + below + above > 0)
      .map(({ column, filled, below, above }) => ({ column, filled, below, above })),
    censored: cells.censored,
    id: subjectIds(file.config.id, config).description,
  };
}

function kindOf({ kinds }: TableGroup, column: string): ColumnKind {
  return (kinds && ownKind(kinds, column)) ?? 'gaussian';
}

interface LevelledColumn {
  readonly column: string;
  readonly values: Float64Array;
  readonly ids: readonly string[];
  readonly texts: LevelTexts;
}

function levelsOfColumn(file: StudyFile, group: TableGroup, { column, values, ids, texts }: LevelledColumn): Levels {
  const levels = group.kinds?.levels ?? {};
  const known = Object.hasOwn(levels, column) ? levels[column].map(String) : undefined;
  const place = file.locate([...group.at, known ? 'levels' : 'kinds', column]);
  const subject = (row: number): string => `${idName(file.config.id)} ${ids[row]}`;
  return levelsOf({ name: column, kind: kindOf(group, column), place }, texts.names(column, values), {
    known,
    subject,
  });
}

/** The column of the files from which a column is computed. */
function baseOf(column: string, { repeats }: TableConfig): string {
  return repeats && column.endsWith(SPREAD) ? column.slice(0, -SPREAD.length) : column;
}

interface JoinedRows {
  readonly ids: readonly string[];
  /** A column as its file has it, for these rows. */
  readonly raw: (column: string) => Float64Array;
}

function join(file: StudyFile, group: TableGroup, parts: readonly Part[]): JoinedRows {
  const holder = new Map(parts.flatMap((part) => [...part.columns.keys()].map((column) => [column, part] as const)));
  const [first, ...others] = parts;
  const column = (name: string) => holder.get(name)!.columns.get(name)!;
  if (others.length === 0) return { ids: first.ids, raw: column };
  const ids = first.ids.filter((id) => others.every(({ rowOf }) => rowOf.has(id)));
  if (ids.length === 0) throw noOverlap(file, group, parts);
  const rows = new Map(parts.map((part) => [part, Int32Array.from(ids, (id) => part.rowOf.get(id) ?? -1)]));
  return {
    ids,
    raw: (name) => {
      const values = column(name);
      return Float64Array.from(rows.get(holder.get(name)!)!, (row) => values[row]);
    },
  };
}

/** Columns to read: those wanted, or else all but those to omit; and those needed to choose rows and fill skips. */
interface Choice {
  readonly wanted: readonly string[] | undefined;
  readonly needed: ReadonlySet<string>;
}

interface OneTable extends Choice {
  readonly entry: string;
  readonly numberOf: (column: string) => NumberReader | undefined;
  readonly at: readonly (string | number)[];
}

async function readOne(
  file: StudyFile,
  { at: group, config }: TableGroup,
  { entry, at, numberOf, wanted, needed }: OneTable,
): Promise<Table> {
  const { group: together } = file.config;
  const { omit = [] } = config;
  const place = [...group, ...at];
  const path = file.resolveTable(entry, place);
  const listed = wanted && new Set(wanted);
  const isKept = (column: string) =>
    needed.has(column) || (listed ? listed.has(column) : column !== together && !omit.includes(column));
  const options = { ...rowOptions(file, config), keep: isKept, numberOf };
  return atPlace(file, place, () => readTable(path, options));
}

function stack(
  file: StudyFile,
  group: TableGroup,
  { tables, wanted, needed }: Choice & { readonly tables: readonly Table[] },
): Part {
  const { column: id } = subjectIds(file.config.id, group.config);
  const [first] = tables;
  const namesOf = (table: Table) => table.columns.filter((column) => column !== id);
  const names = namesOf(first);
  for (const table of tables) {
    const odd = [...difference(names, namesOf(table)), ...difference(namesOf(table), names)];
    if (odd.length > 0) {
      throw new InputError(
        'columns-disagree',
        `${file.locate([...group.at, 'table'])}: ${first.path} and ${table.path} cannot be stacked: ` +
          `only one of them has ${odd.slice(0, 8).join(', ')}${odd.length > 8 ? ', …' : ''}; ` +
          'list them in omit, or the common ones in columns',
        { columns: odd },
      );
    }
  }
  const isText = (column: string) => !needed.has(column) && tables.every((table) => table.kind(column) === 'text');
  const textColumns = wanted ? [] : names.filter(isText);
  const numeric = difference(names, textColumns);
  const { ids, rowOf } = collectIds(file, tables, group.config);
  const columns = new Map<string, Float64Array>();
  for (const column of numeric) {
    const values = new Float64Array(ids.length);
    let start = 0;
    for (const table of tables) {
      values.set(numbersOf(file, group, table, column), start);
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

function numbersOf(file: StudyFile, { at, config }: TableGroup, table: Table, column: string): Float64Array {
  const listed = config.columns?.findIndex((name) => baseOf(name, config) === column) ?? -1;
  const place = file.locate([...at, ...(listed >= 0 ? ['columns', listed] : ['table'])]);
  let values: Float64Array;
  try {
    values = table.numbers(column);
  } catch (cause) {
    const text = cause instanceof InterlatentError ? cause.details['text'] : undefined;
    const advice = typeof text === 'string' ? adviceFor(text, column) : '';
    throw prefixed(place, cause, `; leave the column out (columns, omit) or correct the cell${advice}`);
  }
  const row = values.findIndex((value) => value === Infinity || value === -Infinity);
  if (row >= 0) {
    throw new InputError(
      'not-finite',
      `${place}: row ${row + 1} of column '${column}' in ${table.path} is infinite; correct it or leave the cell empty`,
      { path: table.path, column, row: row + 1 },
    );
  }
  return values;
}

function collectIds(
  file: StudyFile,
  tables: readonly Table[],
  config: TableConfig,
): { ids: string[]; rowOf: Map<string, number> } {
  const { repeats } = config;
  const id = subjectIds(file.config.id, config).column || idName(file.config.id);
  const ids: string[] = [];
  const rowOf = new Map<string, number>();
  for (const table of tables) {
    for (const [row, subject] of subjectsOf(file, config, table, ids.length).entries()) {
      if (subject === '') {
        throw new InputError('missing-id', `row ${row + 1} of ${table.path} has no '${id}'; every row needs one`, {
          path: table.path,
          row: row + 1,
        });
      }
      if (rowOf.has(subject) && !repeats) {
        throw new InputError(
          'duplicate-id',
          `${id} ${subject} stands twice, the second time in row ${row + 1} of ${table.path}; a subject has ` +
            'one row (or, with repeats, several)',
          { path: table.path, row: row + 1, id: subject },
        );
      }
      rowOf.set(subject, ids.length);
      ids.push(subject);
    }
  }
  return { ids, rowOf };
}

/** The columns of the files that are used, in order. */
function columnsOf(
  file: StudyFile,
  { at, name, config }: TableGroup,
  { parts, wanted, needed }: Choice & { readonly parts: readonly Part[] },
): readonly string[] {
  const holder = new Map<string, Part>();
  for (const part of parts) {
    for (const column of part.columns.keys()) {
      if (holder.has(column)) {
        throw new InputError(
          'duplicate-column',
          `${file.locate([...at, 'table'])}: two joined tables have a column '${column}' ` +
            `(${holder.get(column)!.tables[0].file} and ${part.tables[0].file}); rename it in one of them or omit it`,
          { column },
        );
      }
      holder.set(column, part);
    }
  }
  const { column: id } = subjectIds(file.config.id, config);
  const available = parts.flatMap((part) => part.available).filter((column) => column !== id);
  const files = parts.flatMap(({ tables }) => tables.map((table) => table.file)).join(', ');
  for (const column of [...(wanted ?? []), ...needed]) {
    if (holder.has(column)) continue;
    const listed = config.columns?.findIndex((one) => baseOf(one, config) === column) ?? -1;
    const skipped = Object.keys(config.skips).find((one) => config.skips[one].when === column);
    const needs = skipped === undefined ? ['where', column] : ['skips', skipped, 'when'];
    const place = [...at, ...(needed.has(column) ? needs : ['columns', listed])];
    throw prefixed(file.locate(place), missingColumn(column, available, files));
  }
  const { omit = [] } = config;
  const used = wanted ?? [...holder.keys()].filter((column) => !omit.includes(column));
  if (used.length === 0) {
    throw new InputError(
      'no-columns',
      `${file.locate([...at, 'table'])}: '${name}' has no numeric column besides the id`,
      { name },
    );
  }
  return used;
}

/** Names of columns must exist: a misspelled one would silently do nothing. */
function checkNames(
  file: StudyFile,
  { at, name, config, logged = [], kinds }: TableGroup,
  parts: readonly Part[],
): void {
  const available = [...new Set(parts.flatMap((part) => part.available))];
  const check = (column: string, place: StudyPath, known = column) => {
    if (!available.includes(known)) {
      throw prefixed(file.locate([...at, ...place]), missingColumn(column, available, `'${name}'`));
    }
  };
  for (const key of ['skips', 'limits'] as const) {
    for (const column of Object.keys(config[key])) check(column, [key, column]);
  }
  for (const key of ['missing', 'recode'] as const) {
    for (const column of namedColumns(config[key])) check(column, [key, column]);
  }
  for (const key of ['censored', 'percent'] as const) {
    const columns = config[key];
    if (Array.isArray(columns)) for (const [i, column] of columns.entries()) check(column, [key, i]);
  }
  for (const key of ['kinds', 'levels'] as const) {
    for (const column of Object.keys(kinds?.[key] ?? {})) check(column, [key, column]);
  }
  for (const column of Object.keys(config.labels)) check(column, ['labels', column], baseOf(column, config));
  for (const [i, column] of (config.omit ?? []).entries()) check(column, ['omit', i]);
  for (const [i, column] of logged.entries()) check(column, ['log', i], baseOf(column, config));
}

function noOverlap(file: StudyFile, { at, name }: TableGroup, parts: readonly Part[]): InputError {
  const examples = parts.map(({ ids, tables }) => `${tables[0].file} has ${ids.slice(0, 3).join(', ')}, …`);
  return new InputError(
    'no-common-subjects',
    `${file.locate([...at, 'table'])}: the tables of '${name}' share no ${idName(file.config.id)}: ` +
      examples.join('; '),
    { name },
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
