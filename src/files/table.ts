// A table in memory, by column: numbers as Float64Array with NaN for missing cells, texts only if requested.

import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import type { Delimiter } from './delimiter.js';

/** `number`: every present cell is a number. `text`: none is. `mixed`: some are, usually a mistake in the file. */
export type ColumnKind = 'number' | 'text' | 'mixed';

/**
 * Returns the numbers of a column.
 * @param into array of the length of the column that may be filled and returned, to avoid an allocation
 */
export type ReadNumbers = (into?: Float64Array) => Float64Array;

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** NaN where a cell is missing or not a number. */
  readonly numbers?: Float64Array;
  /** Instead of `numbers`: expands them on each call from a form that takes less memory. */
  readonly read?: ReadNumbers;
  /** Present for columns read as text; '' where a cell is missing. */
  readonly texts?: readonly string[];
  /** The first cell that is not a number. Rows count from 1 after the header. */
  readonly firstText?: { readonly row: number; readonly text: string };
}

/** Reads a text as a number; returns NaN for a missing value, and undefined for other text. */
export type NumberReader = (cell: string) => number | undefined;

/** Selection of columns (default: all), and layout of a table where the file does not determine it. */
export interface TableOptions {
  /** Required columns. */
  readonly columns?: readonly string[];
  /** Required columns that are read as texts (identifiers). In a text table, '' is a first column without a name. */
  readonly text?: readonly string[];
  /** Selects further columns by name. */
  readonly keep?: (name: string) => boolean;
  /** Returns the reader of the texts of a column; undefined for decimal numbers. */
  readonly numberOf?: (name: string) => NumberReader | undefined;
  /** Delimiter of a text table. Default: from its header. */
  readonly delimiter?: Delimiter;
  /** Set if the rows of a text table are variables: name of the column that its header becomes. */
  readonly transposed?: string;
  /** Name of the column of row names (barcodes, obs), in a file that has them. */
  readonly index?: string;
  /** True for columns requested by name. These are also read from the annotation of a matrix, such as obs of X. */
  readonly named?: (name: string) => boolean;
  /** Sheet of a workbook: its name, or its number from 1. */
  readonly sheet?: string | number;
  /** Part of a file with several tables: `X`, `layers/counts`, `obs`, `rna/X`; or a feature type of 10x. */
  readonly part?: string;
}

interface TableContent {
  readonly rows: number;
  /** Number of earlier rows of the file, if this is a part of it. */
  readonly before?: number;
  readonly columns: readonly Column[];
  /** Names of all columns of the file. */
  readonly available: readonly string[];
}

export class Table {
  readonly #columns: ReadonlyMap<string, Column>;
  readonly rows: number;
  /** Number of earlier rows of the file. */
  readonly before: number;
  /** Names of the selected columns. */
  readonly columns: readonly string[];
  /** Names of all columns of the file. */
  readonly available: readonly string[];

  /** @param path path of the file, for errors */
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

  /**
   * Returns the texts of a column that was read as text, otherwise its numbers.
   * @throws InputError `missing-column`, `not-numeric`
   */
  column(name: string): Float64Array | readonly string[] {
    return this.#column(name).texts ?? this.numbers(name);
  }

  /**
   * Returns the numbers of a column.
   * @param into see `ReadNumbers`
   * @throws InputError `missing-column`, `not-numeric` (with the first cell that is not a number)
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

  /** Returns the texts of a column. Numbers are formatted as in JavaScript. @throws InputError `missing-column` */
  texts(name: string): readonly string[] {
    const column = this.#column(name);
    const numbers = column.read?.() ?? column.numbers ?? [];
    return column.texts ?? Array.from(numbers, (value) => (Number.isNaN(value) ? '' : String(value)));
  }

  /** True if the numbers of the column are expanded on each call. @throws InputError `missing-column` */
  isPacked(name: string): boolean {
    return this.#column(name).read !== undefined;
  }

  /**
   * Returns the reader that expands the numbers of a column and does not reference the table; undefined for a column
   * with an array of numbers.
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

/** Returns the error for a missing column, with similar names. */
export function missingColumn(name: string, columns: readonly string[], path: string): InputError {
  const listed = columns.slice(0, 12).join(', ') + (columns.length > 12 ? `, … (${columns.length} in total)` : '');
  const hint = didYouMean(name, columns) || `; it has ${listed || 'no columns'}`;
  return new InputError('missing-column', `${path} has no column '${name}'${hint}`, { path, column: name });
}

/** Maximum number of columns of a table, such as genes, methylation sites or pixels. */
const MAX_COLUMNS = 2 ** 20;

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
 * Returns a function that is true for the names of selected columns.
 *
 * @throws InputError `duplicate-column` if the file repeats a name, `missing-column` if a required column is missing
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
  for (const name of required(options)) if (!names.has(name)) throw missingColumn(name, available, path);
  return isRequested(options);
}

/** Returns a function that is true for the names of selected columns, without checking that the file has them. */
export function isRequested(options: TableOptions): (name: string) => boolean {
  const { columns, keep } = options;
  if (columns === undefined && keep === undefined) return () => true;
  const names = new Set(required(options));
  return (name) => names.has(name) || (keep !== undefined && keep(name));
}

function required({ text = [], columns = [] }: TableOptions): readonly string[] {
  return [...text, ...columns];
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
