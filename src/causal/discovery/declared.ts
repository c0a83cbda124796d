// How options, tests, and scores of a search are declared. Types, checks, flags, and help come from the declaration.

import type { Shape } from '../../errors/argument.js';

/** Values of an option: one of some names, or a number of some range. */
export type Accepted =
  | readonly string[]
  | 'above 0'
  | { readonly whole: readonly [min: number, max?: number] }
  | { readonly between: readonly [min: number, max: number] };

/** An option of a search over columns. */
export interface DeclaredOption {
  /** The option of the command line, for example `--alpha <p>`. */
  readonly flag: string;
  readonly help: string;
  readonly accepts: Accepted;
  /** Left out if it depends on other options, or if there is none. */
  readonly default?: string | number;
}

/** The type of the options that a table declares. */
export type OptionsOf<Table extends Readonly<Record<string, DeclaredOption>>> = {
  readonly [Name in keyof Table]?: Table[Name]['accepts'] extends readonly (infer Choice)[] ? Choice : number;
};

/** Returns the shapes of declared options. */
export function shapesOf<Table extends Readonly<Record<string, DeclaredOption>>>(
  table: Table,
): { readonly [Name in keyof Table]: Shape } {
  const shapes = Object.entries(table).map(([name, { accepts }]) => [name, isChoice(accepts) ? 'text' : 'number']);
  return Object.fromEntries(shapes) as { readonly [Name in keyof Table]: Shape };
}

export function isChoice(accepts: Accepted): accepts is readonly string[] {
  return Array.isArray(accepts);
}

/** What help and documents say about a test or a score. */
export interface Described {
  /** Columns and relations that it is for. */
  readonly suits: string;
  /** How it is computed: the null distribution of a test, the formula of a score, with the source. */
  readonly method: string;
  /** Columns of texts that it can use, with their texts as levels. */
  readonly texts: 'none' | 'binary' | 'all';
}

/** Returns the names of a table, in its order. */
export function namesIn<Table extends object>(table: Table): readonly (keyof Table & string)[] {
  return Object.keys(table) as (keyof Table & string)[];
}
