// Stacks files that have the same columns and different subjects, such as the cycles of a survey.

import type { Finding } from './draft.js';
import type { DraftColumn, DraftTable } from './draft-table.js';
import { overlapOf } from './id-guess.js';
import type { IdColumn } from './id-names.js';
import { withTexts } from './text-guesses.js';

/** A table whose ids are known. */
export interface IdentifiedTable extends DraftTable {
  /** Undefined if rows are numbered. */
  readonly id?: IdColumn | undefined;
  /** What was found before its columns were looked at. */
  readonly findings?: readonly Finding[];
}

/** Minimum share of columns that stacked files have in common. */
const COMMON_COLUMNS = 0.5;
const MIN_COMMON = 2;

/** Returns the tables, of which those with the same columns and different subjects are one. */
export function stackTables(tables: readonly IdentifiedTable[]): IdentifiedTable[] {
  const stacks: IdentifiedTable[][] = [];
  for (const table of tables) {
    const stack = stacks.find((one) => one.every((other) => isStackable(table, other)));
    if (stack) stack.push(table);
    else stacks.push([table]);
  }
  return stacks.map((stack) => (stack.length === 1 ? stack[0] : stacked(stack)));
}

function isStackable(a: IdentifiedTable, b: IdentifiedTable): boolean {
  const isPlain = [a, b].every(({ transposed, part }) => !transposed && part === undefined);
  if (!isPlain || a.id!.name !== b.id!.name || overlapOf(a.id!, b.id!) > 0) return false;
  const names = new Set(a.columns.map(({ name }) => name));
  const common = b.columns.filter(({ name }) => name !== b.id!.name && names.has(name)).length;
  return common >= MIN_COMMON && common >= COMMON_COLUMNS * (Math.max(a.columns.length, b.columns.length) - 1);
}

function stacked(tables: readonly IdentifiedTable[]): IdentifiedTable {
  const [first] = tables;
  const names = [...new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)))];
  const columnIn = (table: IdentifiedTable, name: string): DraftColumn | undefined =>
    table.columns.find((one) => one.name === name);
  const isCommon = (name: string): boolean => tables.every((table) => columnIn(table, name) !== undefined);
  const findings = names
    .filter((name) => !isCommon(name))
    .map((name): Finding => {
      const holders = tables.filter((table) => columnIn(table, name)).map(({ paths }) => paths[0]);
      return { key: 'omit', column: name, certain: true, reason: `only ${holders.join(', ')} has it` };
    });
  const texts = tables.flatMap(({ id }) => id!.texts);
  return {
    ...first,
    paths: tables.flatMap(({ paths }) => paths),
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    columns: names.filter(isCommon).map((name) => concatenated(tables.map((table) => columnIn(table, name)!))),
    id: {
      ...first.id!,
      texts,
      ids: new Set(texts),
      isUnique: tables.every(({ id }) => id!.isUnique),
      isCounter: false,
    },
    findings,
  };
}

function concatenated(columns: readonly DraftColumn[]): DraftColumn {
  const [{ name }] = columns;
  if (columns.every(({ kind }) => kind === 'number')) {
    return {
      name,
      kind: 'number',
      texts: [],
      numbers: () => {
        const parts = columns.map((column) => column.numbers());
        const values = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
        let start = 0;
        for (const part of parts) {
          values.set(part, start);
          start += part.length;
        }
        return values;
      },
    };
  }
  const textsOf = ({ kind, texts, numbers }: DraftColumn): readonly string[] =>
    kind === 'number' ? Array.from(numbers(), (value) => (Number.isNaN(value) ? '' : String(value))) : texts;
  return withTexts({ name }, columns.flatMap(textsOf));
}
