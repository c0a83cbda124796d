// Finds the columns that identify subjects: those whose ids most tables have in common.

import { InputError } from '../../errors/errors.js';
import { missingColumn } from '../../files/table.js';
import type { DraftTable } from './draft-table.js';
import { idRank, type IdColumn } from './id-names.js';

/** The ids of each table. */
export interface ChosenIds {
  /** Name for the study file. */
  readonly name: string;
  readonly columns: readonly IdColumn[];
  /** Why they may be wrong. */
  readonly doubts: readonly string[];
}

/** Minimum share of common ids, relative to the smaller table, of a join that is certain. */
const CERTAIN_OVERLAP = 0.5;

/** The same for texts in columns whose names do not say what they are. */
const CLEAR_OVERLAP = 0.9;

/**
 * Returns the columns of ids.
 * @param requested name that the user gave
 * @throws InputError `missing-column` if a table lacks the requested column; `no-common-subjects` if no columns join
 *   the tables
 */
export function chooseIds(tables: readonly DraftTable[], requested?: string): ChosenIds {
  const assignments = requested === undefined ? allAssignments(tables) : [namedIds(tables, requested)];
  const scored = assignments
    .map((columns) => ({ columns, score: scoreOf(columns) }))
    .filter(({ columns }) => requested !== undefined || tables.length === 1 || !columns.some(isRowNumbers))
    .sort((a, b) => b.score - a.score);
  const best = scored.at(0);
  if (best === undefined || (tables.length > 1 && !isJoined(best.columns))) throw noIds(tables, best?.columns);
  const { columns } = best;
  const name = columns.find(({ isFlexible }) => !isFlexible)?.name ?? 'id';
  const isSame = columns.every((column) => column.name === name || column.isFlexible);
  const overlap = Math.min(...columns.map((_, table) => bestOverlap(columns, table)));
  // Texts that no table repeats and that agree are no coincidence.
  const isClear = overlap >= CLEAR_OVERLAP && columns.every((one) => one.isUnique && isNaN(Number(one.texts[0])));
  const isNamed = requested !== undefined || idRank(name) >= 2 || isClear;
  const doubts = [
    ...(isNamed ? [] : ['its name does not say that it identifies subjects']),
    ...(isSame || isClear ? [] : ['the tables have different names for it']),
    ...(columns.some(({ isCounter }) => isCounter) ? ['it may be the number of the row'] : []),
    ...(tables.length > 1 && overlap < CERTAIN_OVERLAP ? ['the tables have few ids in common'] : []),
  ];
  return { name, columns, doubts };
}

/** True if the ids are row numbers, which join any two tables, and the name does not contradict that. */
function isRowNumbers({ isCounter, name }: IdColumn): boolean {
  return isCounter && idRank(name) < 2;
}

/** Returns the columns that a name means in each table. @throws InputError `missing-column` */
function namedIds(tables: readonly DraftTable[], name: string): IdColumn[] {
  return tables.map(({ ids, columns, paths }) => {
    const column = ids.find((one) => one.name === name) ?? ids.find(({ isFlexible }) => isFlexible);
    if (column) return column;
    if (columns.some((one) => one.name === name)) {
      throw new InputError('missing-id', `column '${name}' of ${paths[0]} has empty cells; every row needs an id`, {
        path: paths[0],
        column: name,
      });
    }
    throw missingColumn(
      name,
      columns.map((one) => one.name),
      paths[0],
    );
  });
}

/** Returns the possible choices of one column per table: columns of one name, and for each column its best partners. */
function allAssignments(tables: readonly DraftTable[]): IdColumn[][] {
  if (tables.some(({ ids }) => ids.length === 0)) return [];
  const names = new Set(tables.flatMap(({ ids }) => ids.map(({ name }) => name)));
  const byName = [...names].flatMap((name) => {
    const columns = tables.map(({ ids }) => ids.find((one) => one.name === name || one.isFlexible));
    return columns.every((column) => column !== undefined) ? [columns] : [];
  });
  const [first, ...rest] = tables;
  const byPartner = first.ids.map((column) => [
    column,
    ...rest.map(({ ids }) => ids.reduce((a, b) => (partnerScore(column, b) > partnerScore(column, a) ? b : a))),
  ]);
  return [...byName, ...byPartner];
}

function partnerScore(column: IdColumn, other: IdColumn): number {
  const isSame = column.name === other.name || other.isFlexible;
  return overlapOf(column, other) + (isSame ? 0.5 : 0) + (isRowNumbers(other) ? -2 : 0);
}

/** Returns how well columns identify subjects: ids in common first, then names, then uniqueness. */
function scoreOf(columns: readonly IdColumn[]): number {
  const overlaps = columns.map((_, table) => (columns.length === 1 ? 1 : bestOverlap(columns, table)));
  const mean = overlaps.reduce((sum, overlap) => sum + overlap, 0) / overlaps.length;
  const rank = Math.min(...columns.map(({ name, isFlexible }) => (isFlexible ? 3 : idRank(name))));
  const isOneName = new Set(columns.filter(({ isFlexible }) => !isFlexible).map(({ name }) => name)).size <= 1;
  const unique = columns.filter(({ isUnique }) => isUnique).length / columns.length;
  const joined = overlaps.filter((overlap) => overlap > 0).length / overlaps.length;
  return 10 * joined + 5 * mean + 1.5 * rank + 2 * unique + (isOneName ? 1 : 0);
}

function bestOverlap(columns: readonly IdColumn[], table: number): number {
  return Math.max(...columns.filter((_, other) => other !== table).map((other) => overlapOf(columns[table], other)), 0);
}

/** Returns the number of common ids relative to the smaller set. */
export function overlapOf({ ids: a }: Pick<IdColumn, 'ids'>, { ids: b }: Pick<IdColumn, 'ids'>): number {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  let common = 0;
  for (const id of few) if (many.has(id)) common++;
  return common / few.size;
}

/** True if every table has ids in common with another one, unless it only adds rows to a table of the same columns. */
function isJoined(columns: readonly IdColumn[]): boolean {
  return columns.some((_, table) => bestOverlap(columns, table) > 0);
}

function noIds(tables: readonly DraftTable[], best: readonly IdColumn[] | undefined): InputError {
  const parts = tables.map(({ paths, ids, columns }, i) => {
    const column = best?.[i] ?? ids.at(0);
    if (column === undefined) {
      const names = columns.slice(0, 4).map(({ name }) => name);
      return `${paths[0]} has no column of ids (its columns are ${names.join(', ')}${columns.length > 4 ? ', …' : ''})`;
    }
    const name = column.name === '' ? 'a first column without a name' : `'${column.name}'`;
    return `${paths[0]} has ${name} with ${[...column.ids].slice(0, 3).join(', ')}, …`;
  });
  return new InputError(
    'no-common-subjects',
    `no column identifies the subjects of all tables: ${parts.join('; ')}. Name the column with --id COLUMN; ` +
      'give each table a column with the same ids; if row n of every table is the same subject, add --rows',
    { tables: tables.flatMap(({ paths }) => paths) },
  );
}
