// Reads the table of a modality, or of a group of variables, from its files. Lists are stacked by rows, and lists of
// lists are joined on the subject's id. Then rows are selected, codes are decoded, and rows of a subject are averaged.

import { InputError } from '../../errors/errors.js';
import type { ReadNumbers, Table } from '../../files/table.js';
import { hasLevels } from '../../data/kinds.js';
import type { ColumnKind } from '../../likelihoods/kinds.js';
import { CellReaders, type CensoredColumn } from '../grammar/cells.js';
import type { TableReport } from '../inspection/inspection.js';
import { decodeColumn, groupRepeats, isDecoded, rowsWhere, type AdjustedColumn } from '../grammar/codes.js';
import { levelsOf, LevelTexts, kindOfColumn, type Levels } from '../grammar/levels.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName, lookAlikeText, subjectIds } from '../grammar/subject-id.js';
import type { ReportDone } from './reading-options.js';
import { roleColumns } from './role-columns.js';
import { checkNames, columnsOf } from './table-columns.js';
import { baseOf, difference, type TableGroup } from './table-group.js';
import { readOne, stack, type Part } from './table-part.js';
import { filesOf } from '../grammar/tables.js';

export interface TableColumn {
  readonly name: string;
  /**
   * Returns the values, which must not be changed. A packed column (sparse, or single precision) is expanded each time.
   */
  readonly values: ReadNumbers;
  /** True if the values are expanded at each call. */
  readonly isPacked?: boolean | undefined;
  /** Channels only: 1 where a row lacks some of its values. `values` say whether it has any. */
  readonly holes?: Uint8Array | undefined;
  /** Levels of the column, whose values are positions in this list. */
  readonly levels?: readonly string[] | undefined;
}

/** Values of the subjects of one modality, NaN where missing or where a code means missing. */
export interface ModalityTable {
  readonly name: string;
  readonly ids: readonly string[];
  readonly columns: readonly TableColumn[];
  readonly tables: readonly (readonly TableReport[])[];
  readonly stacked: readonly number[];
  readonly textColumns: readonly string[];
  /** Number of rows that `where` leaves out. */
  readonly filtered: number;
  /** Subjects that `where` leaves out; none with `repeats`, where it leaves out single rows. */
  readonly excluded: readonly string[];
  /** Number of subjects that are left out because they have fewer rows than `repeats.minRows`. */
  readonly few: number;
  readonly adjusted: readonly AdjustedColumn[];
  readonly censored: readonly CensoredColumn[];
  /** Description of how subjects are identified; undefined for a plain column with a name. */
  readonly id: string | undefined;
}

interface TableGroupOptions {
  readonly wanted?: readonly string[] | undefined;
  readonly onProgress?: ReportDone | undefined;
}

/**
 * Reads, stacks and joins the files of a modality, or of a group of variables of a discovery.
 *
 * @param options `wanted`: columns to use, in order. Default: all numeric columns except the id and those in `omit`.
 *   `onProgress` receives the number of files that have been read, and of all files
 * @throws InputError with the place in the study file: `missing-column`, `not-numeric`, `not-finite`, `duplicate-id`,
 *   `missing-id`, `columns-disagree`, `duplicate-column`, `no-common-subjects`, `no-rows-left`, and what reading a
 *   table throws
 */
export async function readTableGroup(
  file: StudyFile,
  group: TableGroup,
  { wanted = group.config.columns, onProgress }: TableGroupOptions = {},
): Promise<ModalityTable> {
  const { config, name } = group;
  const bases = wanted && [...new Set(wanted.map((column) => baseOf(column, config)))];
  const needed = new Set([...Object.keys(config.where), ...Object.values(config.skips).map(({ when }) => when)]);
  const choice = { wanted: bases, needed };
  const cells = new CellReaders(config);
  const texts = new LevelTexts();
  const roles = roleColumns(file, group);
  const isLevelled = (column: string): boolean => hasLevels(kindOf(group, column));
  const numberOf = (column: string) => (isLevelled(column) ? texts.reader(column, cells.of(column)) : cells.of(column));
  const parts: Part[] = [];
  const all = filesOf(config.table);
  const count = all.reduce((sum, { files }) => sum + files.length, 0);
  let done = 0;
  onProgress?.(done, count);
  for (const { files, paths } of all) {
    const tables: Table[] = [];
    for (const [i, entry] of files.entries()) {
      tables.push(await readOne(file, group, { entry, at: paths[i], numberOf, roles, ...choice }));
      onProgress?.(++done, count);
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
      `${file.locate([...group.at, 'where'])}: no row of '${name}' meets all rules; widen them`,
      { name },
    );
  }
  const isAll = positions.length === joined.ids.length;
  const selected = (column: string) => (isAll ? joined.raw(column) : at(joined.raw(column), positions));
  const ids = isAll ? joined.ids : Array.from(positions, (row) => joined.ids[row]);
  // Columns without codes stay as they are. Sparse ones are expanded when they are used.
  const decoded = new Map(
    used.map((column) => {
      if (joined.isPacked(column) && !isDecoded(column, config)) {
        // The reader of the part holds no reference to its other columns.
        const values = (isAll && joined.whole(column)) || (() => selected(column));
        return [column, { column, values, isPacked: true, filled: 0, below: 0, above: 0 }];
      }
      const { values, ...counts } = decodeColumn(column, selected, config);
      return [column, { ...counts, values: () => values, isPacked: false }];
    }),
  );
  const rows = config.repeats && groupRepeats(ids, config.repeats.minRows);
  if (rows?.ids.length === 0) {
    throw new InputError(
      'no-rows-left',
      `${file.locate([...group.at, 'repeats'])}: no subject of '${name}' has ${config.repeats?.minRows} rows; ` +
        'lower minRows',
      { name },
    );
  }
  return {
    name,
    ids: rows?.ids ?? ids,
    columns: (wanted ?? used).map((column) => {
      const { values, isPacked } = decoded.get(baseOf(column, config))!;
      if (isLevelled(column)) {
        const levelled = levelsOfColumn(file, group, { column, values: values(), ids, texts });
        return { name: column, levels: levelled.levels, values: () => levelled.values };
      }
      if (rows === undefined) return { name: column, values, isPacked };
      const summary = decoded.has(column) ? rows.mean(values()) : rows.sd(values());
      return { name: column, values: () => summary };
    }),
    tables: parts.map(({ tables }) => tables),
    stacked: parts.map((part) => (config.repeats ? new Set(part.ids).size : part.ids.length)),
    textColumns: parts.flatMap(({ textColumns }) => textColumns),
    filtered: joined.ids.length - positions.length,
    excluded: rows || isAll ? [] : difference(joined.ids, ids),
    few: rows?.few ?? 0,
    adjusted: [...decoded.values()]
      .filter(({ filled, below, above }) => filled + below + above > 0)
      .map(({ column, filled, below, above }) => ({ column, filled, below, above })),
    censored: cells.censored,
    id: subjectIds(file.config.id, config).description,
  };
}

function kindOf({ kinds }: TableGroup, column: string): ColumnKind | undefined {
  return kinds && kindOfColumn(kinds, column);
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

function at(values: Float64Array, rows: Int32Array): Float64Array {
  const selected = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) selected[i] = values[rows[i]];
  return selected;
}

interface JoinedRows {
  readonly ids: readonly string[];
  readonly isPacked: (column: string) => boolean;
  /** Returns a column as in its file, for these rows. */
  readonly raw: (column: string) => Float64Array;
  /** Returns the reader of a column of a table with the same rows. */
  readonly whole: (column: string) => ReadNumbers | undefined;
}

function join(file: StudyFile, group: TableGroup, parts: readonly Part[]): JoinedRows {
  const holder = new Map(parts.flatMap((part) => [...part.columns.keys()].map((column) => [column, part] as const)));
  const [first, ...rest] = parts;
  const column = (name: string) => holder.get(name)!.columns.get(name)!.values();
  const isPacked = (name: string) => holder.get(name)!.columns.get(name)!.isPacked;
  const whole = (name: string) => (rest.length === 0 ? first.columns.get(name)?.values : undefined);
  if (rest.length === 0) return { ids: first.ids, isPacked, raw: column, whole };
  const rowsById = parts.map((part) => new Map(part.ids.map((id, row) => [id, row])));
  const ids = first.ids.filter((id) => rowsById.every((rowOf) => rowOf.has(id)));
  if (ids.length === 0) throw noOverlap(file, group, parts);
  const rows = new Map(parts.map((part, i) => [part, Int32Array.from(ids, (id) => rowsById[i].get(id)!)]));
  return { ids, isPacked, whole, raw: (name) => at(column(name), rows.get(holder.get(name)!)!) };
}

function noOverlap(file: StudyFile, { at, name }: TableGroup, parts: readonly Part[]): InputError {
  const examples = parts.map(({ ids, tables }) => `${tables[0].file} has ${ids.slice(0, 3).join(', ')}, …`);
  return new InputError(
    'no-common-subjects',
    `${file.locate([...at, 'table'])}: the tables of '${name}' share no ${idName(file.config.id)}: ` +
      examples.join('; ') +
      lookAlikeText(parts.map(({ ids }) => ids)),
    { name },
  );
}
