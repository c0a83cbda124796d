// Columns that are no measurements on a scale: how a yes or no, a level, a count are written as values of a table.
// docs/likelihoods.md says what a model makes of them.

import { InputError } from '../errors.js';
import { COLUMN_KINDS, type ColumnKind } from '../likelihoods/likelihood.js';
import { didYouMean } from '../suggestion.js';
import type { ColumnScale, ModalityScales } from './dataset.js';
import { fitScale, isConstant, momentsOf } from './standardise.js';

/** A column as it was observed. */
export interface RawColumn {
  readonly name: string;
  /** `gaussian` where left out. */
  readonly kind?: ColumnKind | undefined;
  /**
   * One per subject, NaN where missing; of binary, categorical and ordinal columns positions of levels, from 0 on (a
   * binary column's second one is its 1).
   */
  readonly values: Float64Array;
  /** Of binary, categorical and ordinal columns, in order. */
  readonly levels?: readonly string[] | undefined;
}

const MIN_LEVELS: Partial<Readonly<Record<ColumnKind, number>>> = { binary: 2, categorical: 2, ordinal: 3 };

/** Whether a column of the kind has levels. */
export function hasLevels(kind: ColumnKind): boolean {
  return MIN_LEVELS[kind] !== undefined;
}

/** Numbers that are standardised, and may be transformed before. */
export function isMeasured(kind: ColumnKind = 'gaussian'): boolean {
  return !hasLevels(kind) && !isCount(kind) && !isSize(kind);
}

export function isCount(kind: ColumnKind = 'gaussian'): boolean {
  return kind === 'count' || kind === 'poisson';
}

/** What counts are relative to: encoders see it, nothing predicts it, and it is no answer to anything. */
export function isSize(kind: ColumnKind = 'gaussian'): boolean {
  return kind === 'size';
}

/**
 * @param place what messages begin with
 * @throws InputError `unknown-kind`; `level-count`: a binary column that has not two levels, an ordinal one with fewer
 *   than three (two are binary), a categorical one with fewer than two; `unknown-level`: a position that no level has;
 *   `not-a-count`: a count that is negative or no whole number; `not-a-size`: a size that is not above 0
 */
export function checkKind(place: string, { name, kind = 'gaussian', values, levels = [] }: RawColumn): void {
  const details = { column: name, kind };
  if (!COLUMN_KINDS.includes(kind)) {
    throw new InputError(
      'unknown-kind',
      `${place}: column '${name}' cannot be '${kind}'${didYouMean(kind, COLUMN_KINDS)}; kinds are ` +
        COLUMN_KINDS.join(', '),
      details,
    );
  }
  const least = MIN_LEVELS[kind];
  if (least !== undefined) {
    if (levels.length < least || (kind === 'binary' && levels.length > 2)) {
      throw new InputError(
        'level-count',
        `${place}: column '${name}' is ${kind} and has ${levels.length} levels (${levels.join(', ')}); ${kind} ` +
          `needs ${kind === 'binary' ? 'exactly' : 'at least'} ${least}: choose another kind, or list the levels`,
        details,
      );
    }
    const odd = values.find((value) => !Number.isNaN(value) && levels.at(value) === undefined);
    if (odd === undefined) return;
    throw new InputError(
      'unknown-level',
      `${place}: column '${name}' has ${odd}, which is no position of a level (${levels.join(', ')})`,
      details,
    );
  }
  if (isSize(kind)) checkSizes(place, name, values);
  if (!isCount(kind)) return;
  const odd = values.find((value) => !Number.isNaN(value) && !(Number.isInteger(value) && value >= 0));
  if (odd === undefined) return;
  throw new InputError(
    'not-a-count',
    `${place}: column '${name}' is a count and has ${odd}; counts are whole numbers from 0 on: correct it, or choose ` +
      'another kind (gaussian, robust)',
    details,
  );
}

function checkSizes(place: string, column: string, values: Float64Array): void {
  const odd = values.find((value) => !Number.isNaN(value) && !(value > 0 && value < Infinity));
  if (odd === undefined) return;
  throw new InputError(
    'not-a-size',
    `${place}: column '${column}' is a size and has ${odd}; sizes (reads in all, person-years, areas) are above 0: ` +
      'correct it, or leave the cell empty',
    { column },
  );
}

/**
 * The values that a column takes in a table: none where it is the same for all of the training part, or missing.
 * @param train rows of the training part that have a value
 * @throws InputError as `fitScale`
 */
export function kindScales(
  { name, kind = 'gaussian', values, levels = [] }: RawColumn,
  train: Int32Array,
): ColumnScale[] {
  if (train.length === 0 || isConstant(momentsOf(values, train))) return [];
  const asItIs = { log: false, offset: 0, mean: 0, sd: 1, kind };
  if (kind === 'binary') return [{ name, ...asItIs }];
  const valuesOf = (sign: string, first: number): ColumnScale[] =>
    levels.slice(first).map((level, i) => ({ name: `${name}${sign}${level}`, ...asItIs, of: name, level: first + i }));
  if (kind === 'categorical') return valuesOf('=', 0);
  if (kind === 'ordinal') return valuesOf('>=', 1);
  if (isCount(kind)) {
    const { mean, sd } = momentsOf(values.map(Math.log1p), train);
    return [{ name, log: true, offset: 1, mean, sd, kind }];
  }
  if (isSize(kind)) {
    const { mean } = momentsOf(values.map(Math.log), train);
    return [{ name, log: true, offset: 0, mean, sd: 1, kind }];
  }
  const scale = fitScale(name, values, train, 'never');
  return [kind === 'gaussian' ? scale : { ...scale, kind }];
}

/** The kinds of the columns that are no plain measurements, and levels, by column. */
export function kindsOf({ columns, levels = {} }: Pick<ModalityScales, 'columns' | 'levels'>): {
  readonly kinds: Readonly<Record<string, ColumnKind>>;
  readonly levels: Readonly<Record<string, readonly string[]>>;
} {
  const kinds = columns.flatMap((column) =>
    column.kind && !column.total ? [[columnOf(column), column.kind] as const] : [],
  );
  return { kinds: Object.fromEntries(kinds), levels };
}

/** Names of a column's levels, in order. */
export function namesOfLevels(
  { levels = {} }: Pick<ModalityScales, 'levels'>,
  column: string,
): readonly string[] | undefined {
  return Object.hasOwn(levels, column) ? levels[column] : undefined;
}

/** The column that a value is of. */
export function columnOf({ name, of }: Pick<ColumnScale, 'name' | 'of'>): string {
  return of ?? name;
}

/** Of a column's numbers those that a value stands for, before they are standardised. */
export function levelValues({ kind, level }: ColumnScale, raw: Float64Array): Float64Array {
  if (level === undefined) return raw;
  const holds = (value: number): boolean => (kind === 'ordinal' ? value >= level : value === level);
  return raw.map((value) => (Number.isNaN(value) ? NaN : holds(value) ? 1 : 0));
}
