// Cells of a result table by the names of their columns.

import type { ResultTable } from '../../interpretation/index.js';

export interface NamedRow {
  /** Returns a text; empty if the cell is unknown or the table has no such column. */
  readonly text: (column: string) => string;
  /** Returns a number; null if the cell is unknown or the table has no such column. */
  readonly number: (column: string) => number | null;
}

export function rowsOf({ columns, rows }: ResultTable): NamedRow[] {
  const position = new Map(columns.map(({ name }, c) => [name, c]));
  return rows.map((row) => {
    const cell = (column: string) => {
      const at = position.get(column);
      return at === undefined ? null : row[at];
    };
    return {
      text: (column) => String(cell(column) ?? ''),
      number: (column) => {
        const value = cell(column);
        return typeof value === 'number' ? value : null;
      },
    };
  });
}
