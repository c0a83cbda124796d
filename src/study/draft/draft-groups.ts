// Columns that say which rows belong together, and columns whose effect a study may remove.

import type { DraftCovariates, DraftKey } from './draft.js';
import type { DraftColumn, DraftTable } from './draft-table.js';
import { isCovariateName, isGroupName } from './id-names.js';
import type { IdentifiedTable } from './stack-tables.js';

/** Returns the column that says which rows belong to one person, if a table has one. */
export function groupOf(tables: readonly IdentifiedTable[]): DraftKey | undefined {
  const names = new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)).filter(isGroupName));
  for (const column of names) {
    if (tables.some(({ id }) => id?.name === column)) continue;
    const groupIn = tables.map((table) => groupsOf(table, column));
    const groupOfId = new Map<string, string>();
    let isConsistent = true;
    for (const [i, groups] of groupIn.entries()) {
      for (const [row, group] of (groups ?? []).entries()) {
        const id = tables[i].id!.texts[row];
        isConsistent &&= group !== '' && (groupOfId.get(id) ?? group) === group;
        groupOfId.set(id, group);
      }
    }
    const sizes = new Set(groupOfId.values()).size;
    if (!isConsistent || sizes < 2 || sizes === groupOfId.size) continue;
    const isComplete = tables.every(({ id }) => id!.texts.every((one) => groupOfId.has(one)));
    const fact = `${groupOfId.size} rows belong to ${sizes} values of ${column}`;
    const doubt = isComplete ? '' : '; some subjects have no value of it, so the key would be refused';
    return { column, certain: isComplete, reason: fact + doubt };
  }
  return undefined;
}

/** Returns the group of each row of a table; undefined if the table lacks the column. */
function groupsOf({ columns }: DraftTable, name: string): readonly string[] | undefined {
  const column = columns.find((one) => one.name === name);
  if (column === undefined) return undefined;
  if (column.kind !== 'number') return column.texts;
  return Array.from(column.numbers(), (value) => (Number.isNaN(value) ? '' : String(value)));
}

/** Returns the usual covariates of the first table that has some. */
export function covariatesOf(
  tables: readonly IdentifiedTable[],
  location: (path: string) => string,
): DraftCovariates | undefined {
  const table = tables.find(({ columns }) => columns.some(({ name }) => isCovariateName(name)));
  if (table === undefined || table.paths.length > 1) return undefined;
  const columns = table.columns.filter(({ name }) => isCovariateName(name));
  const isCategory = ({ name, kind }: DraftColumn): boolean => kind !== 'number' || !/age$/i.test(name);
  return {
    table: location(table.paths[0]),
    columns: columns.map(({ name }) => name),
    categories: columns.filter(isCategory).map(({ name }) => name),
  };
}
