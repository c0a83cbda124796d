// The shape of all results of this room. The command line, the report, and files of other programs derive from it.

import type { OutputColumn } from '../files/csv-text.js';

export interface ResultColumn {
  readonly name: string;
  readonly kind: 'text' | 'number';
  /** What a cell contains, with its unit. */
  readonly description: string;
  /** True if a terminal and a report omit the column. Files contain it. */
  readonly isDetail?: true;
}

/** The content of a cell; null if it is unknown or does not apply. */
export type ResultCell = string | number | null;

export interface ResultTable {
  /** Name of the table in `RESULT_TABLES`. */
  readonly name: string;
  readonly title: string;
  /** Number of the first columns that together name a row. Default: 1. */
  readonly keys?: number | undefined;
  readonly columns: readonly ResultColumn[];
  /** One cell per column. Numbers are finite. */
  readonly rows: readonly (readonly ResultCell[])[];
  /** Sentences that a reader needs in order to read the figures correctly. */
  readonly notes: readonly string[];
}

/** Returns a table whose numbers are finite: NaN and infinite numbers become null. */
export function resultTable({
  rows,
  ...table
}: Omit<ResultTable, 'rows'> & { readonly rows: readonly (readonly (ResultCell | undefined)[])[] }): ResultTable {
  const known = (cell: ResultCell | undefined): ResultCell =>
    cell === undefined || (typeof cell === 'number' && !Number.isFinite(cell)) ? null : cell;
  return { ...table, rows: rows.map((row) => row.map(known)) };
}

/** Returns the columns of a table for a file: an unknown number is NaN, an unknown text is empty. */
export function outputColumns({ columns, rows }: ResultTable): OutputColumn[] {
  return columns.map(({ name, kind }, c) => ({
    name,
    values:
      kind === 'number'
        ? Float64Array.from(rows, (row) => (row[c] === null ? NaN : Number(row[c])))
        : rows.map((row) => String(row[c] ?? '')),
  }));
}
