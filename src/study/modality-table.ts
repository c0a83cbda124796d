// The table of a modality, or of a group of variables, from its files: lists are stacked by rows, lists of lists joined
// on the subject's id; then rows are selected, codes decoded, and several rows of a subject become one.

import { InputError } from '../errors.js';
import type { Table } from '../files/table.js';
import { hasLevels } from '../data/kinds.js';
import type { ColumnKind } from '../likelihoods/index.js';
import { CellReaders, type CensoredColumn } from './cells.js';
import type { TableReport } from './inspection.js';
import { decodeColumn, groupRepeats, rowsWhere, type AdjustedColumn } from './codes.js';
import { levelsOf, LevelTexts, ownKind, type Levels } from './levels.js';
import type { StudyFile } from './study-file.js';
import { idName, subjectIds } from './subject-id.js';
import { checkNames, columnsOf } from './table-columns.js';
import { baseOf, difference, type TableGroup } from './table-group.js';
import { readOne, stack, type Part } from './table-part.js';
import { filesOf } from './tables.js';

export interface TableColumn {
  readonly name: string;
  readonly values: Float64Array;
  /** Of a channel, whose `values` only say whether a row has some: 1 where it lacks others. */
  readonly holes?: Uint8Array | undefined;
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

function noOverlap(file: StudyFile, { at, name }: TableGroup, parts: readonly Part[]): InputError {
  const examples = parts.map(({ ids, tables }) => `${tables[0].file} has ${ids.slice(0, 3).join(', ')}, …`);
  return new InputError(
    'no-common-subjects',
    `${file.locate([...at, 'table'])}: the tables of '${name}' share no ${idName(file.config.id)}: ` +
      examples.join('; '),
    { name },
  );
}
