// A table in memory, column by column: numbers as Float64Array with NaN for missing, texts only where they are asked
// for.

import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';
import type { Delimiter } from './delimiter.js';

/** `number`: every present cell is a number; `text`: none is; `mixed`: some are, usually a mistake in the file. */
export type ColumnKind = 'number' | 'text' | 'mixed';

/**
 * Numbers of a column.
 * @param into as long as the column; what is written out may stand there, so that no call makes a new array
 */
export type ReadNumbers = (into?: Float64Array) => Float64Array;

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** NaN where a cell is missing or no number. */
  readonly numbers?: Float64Array;
  /** Instead of `numbers`: they are written out at each call, from a form that takes less memory. */
  readonly read?: ReadNumbers;
  /** Present for columns read as text; '' where a cell is missing. */
  readonly texts?: readonly string[];
  /** The first cell that is no number; rows count from 1 after the header. */
  readonly firstText?: { readonly row: number; readonly text: string };
}

/** The number that a text stands for: NaN for a missing one, undefined where it is none. */
export type NumberReader = (cell: string) => number | undefined;

/** Which columns of a table to keep, all by default; and how it is written, where the file does not say. */
export interface TableOptions {
  /** Columns that must be there. */
  readonly columns?: readonly string[];
  /** Columns that must be there and are kept as texts: identifiers. In a text table '' is a first one without name. */
  readonly text?: readonly string[];
  /** Keep every further column whose name passes. */
  readonly keep?: (name: string) => boolean;
  /** By column, how its texts are read; undefined: as decimal numbers. */
  readonly numberOf?: (name: string) => NumberReader | undefined;
  /** What separates the cells of a text table; without it, what its header shows. */
  readonly delimiter?: Delimiter;
  /** Rows of a text table are variables: the name of the column that its header becomes. */
  readonly transposed?: string;
  /** What the names of the rows (barcodes, obs) are called as a column, in a file that names rows. */
  readonly index?: string;
  /** Columns asked for by name, which are kept also where they only stand beside the table, as obs beside X. */
  readonly named?: (name: string) => boolean;
  /** The sheet of a workbook: its name, or its number from 1. */
  readonly sheet?: string | number;
  /** The part of a file with several tables: `X`, `layers/counts`, `obs`, `rna/X`; a feature type of 10x. */
  readonly part?: string;
}

interface TableContent {
  readonly rows: number;
  /** Rows of the file before these, where they are a part of it. */
  readonly before?: number;
  readonly columns: readonly Column[];
  /** Every column of the file, kept or not. */
  readonly available: readonly string[];
}

export class Table {
  readonly #columns: ReadonlyMap<string, Column>;
  readonly rows: number;
  /** Rows of the file before these. */
  readonly before: number;
  /** The columns that were kept. */
  readonly columns: readonly string[];
  /** Every column of the file. */
  readonly available: readonly string[];

  /** @param path where it was read from, named in errors */
  constructor(
    readonly path: string,
    { rows, before = 0, columns, available }: TableContent,
  ) {
    this.before = before;
    this.#columns = new Map(columns.map((column) => [column.name, column]));
    this.rows = rows;
    this.columns = columns.map(({ name }) => name);
    this.available = available;
  }

  has(name: string): boolean {
    return this.#columns.has(name);
  }

  /** @throws InputError `missing-column` */
  kind(name: string): ColumnKind {
    return this.#column(name).kind;
  }

  /** Texts of a column read as text, numbers of any other. @throws InputError `missing-column`, `not-numeric` */
  column(name: string): Float64Array | readonly string[] {
    return this.#column(name).texts ?? this.numbers(name);
  }

  /**
   * @param into see `ReadNumbers`
   * @throws InputError `missing-column`, `not-numeric` (names the first cell that is no number)
   */
  numbers(name: string, into?: Float64Array): Float64Array {
    const column = this.#column(name);
    if (column.read) return column.read(into);
    if (column.numbers && column.kind === 'number') return column.numbers;
    const row = column.firstText && this.before + column.firstText.row;
    const where = column.firstText ? `: row ${row} holds ${quote(column.firstText.text)}` : '';
    throw new InputError('not-numeric', `column '${name}' of ${this.path} is not numeric${where}`, {
      path: this.path,
      column: name,
      ...(column.firstText && { ...column.firstText, row }),
    });
  }

  /** Texts of a column; numbers are written as JavaScript writes them. @throws InputError `missing-column` */
  texts(name: string): readonly string[] {
    const column = this.#column(name);
    const numbers = column.read?.() ?? column.numbers ?? [];
    return column.texts ?? Array.from(numbers, (value) => (Number.isNaN(value) ? '' : String(value)));
  }

  /** Whether the column's numbers are written out at each call. @throws InputError `missing-column` */
  isPacked(name: string): boolean {
    return this.#column(name).read !== undefined;
  }

  /**
   * What writes out a column's numbers at each call, and keeps nothing else of the table; undefined where they are
   * there.
   * @throws InputError `missing-column`
   */
  packed(name: string): ReadNumbers | undefined {
    return this.#column(name).read;
  }

  #column(name: string): Column {
    const column = this.#columns.get(name);
    if (!column) throw missingColumn(name, this.available, this.path);
    return column;
  }
}

/** The error for a column that a table does not have, with the nearest names. */
export function missingColumn(name: string, columns: readonly string[], path: string): InputError {
  const listed = columns.slice(0, 12).join(', ') + (columns.length > 12 ? `, … (${columns.length} in all)` : '');
  const hint = didYouMean(name, columns) || `; it has ${listed || 'no columns'}`;
  return new InputError('missing-column', `${path} has no column '${name}'${hint}`, { path, column: name });
}

/** Most columns of a table: a gene, a methylation site or a pixel each. */
export const MAX_COLUMNS = 2 ** 20;

/** @throws InputError `too-large` */
export function checkColumnCount(count: number, path: string): void {
  if (count <= MAX_COLUMNS) return;
  throw new InputError(
    'too-large',
    `${path} has ${count} columns; up to ${MAX_COLUMNS} are read: split it, or write subjects in rows`,
    { path, columns: count },
  );
}

/**
 * The test for columns to keep.
 *
 * @throws InputError `duplicate-column` when the file repeats a name, `missing-column` when it lacks one that must be
 *   there
 */
export function selectColumns(
  available: readonly string[],
  options: TableOptions,
  path: string,
): (name: string) => boolean {
  const names = new Set<string>();
  for (const name of available) {
    if (names.has(name)) {
      throw new InputError('duplicate-column', `${path} has two columns named '${name}'; rename one of them`, {
        path,
        column: name,
      });
    }
    names.add(name);
  }
  for (const name of needed(options)) if (!names.has(name)) throw missingColumn(name, available, path);
  return isAskedFor(options);
}

/** Whether a column is to be kept, if the file has it. */
export function isAskedFor(options: TableOptions): (name: string) => boolean {
  const { columns, keep } = options;
  if (columns === undefined && keep === undefined) return () => true;
  const names = new Set(needed(options));
  return (name) => names.has(name) || (keep !== undefined && keep(name));
}

function needed({ text = [], columns = [] }: TableOptions): readonly string[] {
  return [...text, ...columns];
}

export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
