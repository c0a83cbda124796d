// Reads the files of a table that are stacked by rows, checks that they have the same columns, and identifies subjects.

import { firstRepeated } from '../../data/repeated.js';
import { InputError, InterlatentError } from '../../errors/errors.js';
import type { NumberReader, ReadNumbers, Table } from '../../files/table.js';
import { textList } from '../../text/text-list.js';
import { adviceFor } from '../grammar/cells.js';
import type { TableReport } from '../inspection/inspection.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName, subjectIds } from '../grammar/subject-id.js';
import { rowOptions, subjectsOf } from './subject-rows.js';
import { baseOf, difference, prefixed, type TableGroup } from './table-group.js';
import type { TableConfig } from '../grammar/tables.js';

export interface Part {
  /** Id of each row. Ids repeat if a subject has several rows. */
  readonly ids: readonly string[];
  readonly columns: ReadonlyMap<string, PartColumn>;
  readonly textColumns: readonly string[];
  readonly available: readonly string[];
  readonly tables: readonly TableReport[];
}

interface PartColumn {
  readonly values: ReadNumbers;
  /** True if the values are expanded at each call. */
  readonly isPacked: boolean;
}

/** Columns to read: `wanted`, or all except `omit`, and those `needed` to select rows and fill skips. */
export interface Choice {
  readonly wanted: readonly string[] | undefined;
  readonly needed: ReadonlySet<string>;
}

interface OneTable extends Choice {
  /** Columns that are not measurements unless they are wanted. */
  readonly roles: ReadonlyMap<string, string>;
  readonly entry: string;
  readonly numberOf: (column: string) => NumberReader | undefined;
  readonly at: readonly (string | number)[];
}

export async function readOne(
  file: StudyFile,
  { at: group, config }: TableGroup,
  { entry, at, numberOf, roles, wanted, needed }: OneTable,
): Promise<Table> {
  const { group: together } = file.config;
  const { omit = [] } = config;
  const place = [...group, ...at];
  const path = file.resolveTable(entry, place);
  const listed = wanted && new Set(wanted);
  const isMeasured = (column: string) => column !== together && !omit.includes(column) && !roles.has(column);
  const isKept = (column: string) => needed.has(column) || (listed ? listed.has(column) : isMeasured(column));
  const named = (column: string) => needed.has(column) || (listed?.has(column) ?? false);
  const options = { ...rowOptions(file, config), keep: isKept, named, numberOf };
  return atPlace(file, place, () => file.readTable(path, options));
}

export function stack(
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
  const ids = collectIds(file, tables, group.config);
  const columns = new Map<string, PartColumn>();
  let scratch: Float64Array | undefined;
  for (const column of numeric) {
    const packed = tables.length === 1 ? first.packed(column) : undefined;
    if (packed) {
      // Expands the column once, so that its errors are reported now.
      scratch = numbersOf(file, group, first, column, scratch);
      columns.set(column, { values: packed, isPacked: true });
      continue;
    }
    const read = () => stacked(ids.length, tables, (table) => numbersOf(file, group, table, column));
    const isPacked = tables.some((table) => table.isPacked(column));
    const values = read();
    columns.set(column, { values: isPacked ? read : () => values, isPacked });
  }
  const available = [...new Set(tables.flatMap((table) => table.available))];
  return {
    ids,
    columns,
    textColumns,
    available,
    tables: tables.map(({ path, rows }) => ({ file: path, rows })),
  };
}

function stacked(rows: number, tables: readonly Table[], numbers: (table: Table) => Float64Array): Float64Array {
  if (tables.length === 1) return numbers(tables[0]);
  const values = new Float64Array(rows);
  let start = 0;
  for (const table of tables) {
    values.set(numbers(table), start);
    start += table.rows;
  }
  return values;
}

function numbersOf(
  file: StudyFile,
  { at, config }: TableGroup,
  table: Table,
  column: string,
  into?: Float64Array,
): Float64Array {
  const listed = config.columns?.findIndex((name) => baseOf(name, config) === column) ?? -1;
  const place = file.locate([...at, ...(listed >= 0 ? ['columns', listed] : ['table'])]);
  let values: Float64Array;
  try {
    values = table.numbers(column, into);
  } catch (cause) {
    const text = cause instanceof InterlatentError ? cause.details['text'] : undefined;
    const advice = typeof text === 'string' ? adviceFor(text, column) : '';
    throw prefixed(place, cause, `; leave the column out (columns, omit) or correct the cell${advice}`);
  }
  for (let row = 0; row < values.length; row++) {
    if (Math.abs(values[row]) !== Infinity) continue;
    throw new InputError(
      'not-finite',
      `${place}: row ${row + 1} of column '${column}' in ${table.path} is infinite; correct it or leave the cell empty`,
      { path: table.path, column, row: row + 1 },
    );
  }
  return values;
}

function collectIds(file: StudyFile, tables: readonly Table[], config: TableConfig): readonly string[] {
  const id = nameOfIds(file, config);
  const lists: (readonly string[])[] = [];
  let before = 0;
  for (const table of tables) {
    const subjects = subjectsOf(file, config, table, before);
    const nameless = subjects.indexOf('');
    lists.push(nameless < 0 ? subjects : subjects.slice(0, nameless));
    before += subjects.length;
    if (nameless < 0) continue;
    checkOnce(file, { tables, ids: lists.flat(), config });
    throw new InputError('missing-id', `row ${nameless + 1} of ${table.path} has no '${id}'; every row needs one`, {
      path: table.path,
      row: nameless + 1,
    });
  }
  const ids = lists.length === 1 ? lists[0] : textList(textsOf(lists));
  checkOnce(file, { tables, ids, config });
  return ids;
}

function* textsOf(lists: readonly (readonly string[])[]): Generator<string> {
  for (const list of lists) yield* list;
}

interface Collected {
  readonly tables: readonly Table[];
  readonly ids: readonly string[];
  readonly config: TableConfig;
}

/** @throws InputError `duplicate-id` if a subject has two rows and rows are not repeats */
function checkOnce(file: StudyFile, { tables, ids, config }: Collected): void {
  const twice = config.repeats ? -1 : firstRepeated(ids);
  if (twice < 0) return;
  let [row, part] = [twice, 0];
  while (row >= tables[part].rows) row -= tables[part++].rows;
  const { path } = tables[part];
  throw new InputError(
    'duplicate-id',
    `${nameOfIds(file, config)} ${ids[twice]} occurs twice, the second time in row ${row + 1} of ${path}; a subject ` +
      'has one row (or several, with repeats)',
    { path, row: row + 1, id: ids[twice] },
  );
}

function nameOfIds(file: StudyFile, config: TableConfig): string {
  return subjectIds(file.config.id, config).column || idName(file.config.id);
}

async function atPlace<T>(file: StudyFile, place: readonly (string | number)[], read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw prefixed(file.locate(place), cause);
  }
}
