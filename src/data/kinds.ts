// Encodes columns that are not measurements on a scale (binary, levels, counts) as values of a table.
// docs/explanation/likelihoods.md describes how a model treats them.

import { InputError } from '../errors/errors.js';
import { COLUMN_KINDS, type ColumnKind } from '../likelihoods/likelihood.js';
import { didYouMean } from '../errors/suggestion.js';
import type { ColumnScale, ModalityScales } from './dataset.js';
import { fitScale, isConstant, momentsOf } from './standardise.js';

/** A column before standardisation. */
export interface RawColumn {
  readonly name: string;
  /** `gaussian` when left out. */
  readonly kind?: ColumnKind | undefined;
  /**
   * One value per subject, NaN where missing. Binary, categorical and ordinal columns have positions of levels, from 0
   * on; the second level of a binary column is its 1.
   */
  readonly values: Float64Array;
  /** Levels of a binary, categorical or ordinal column, in order. */
  readonly levels?: readonly string[] | undefined;
}

const MIN_LEVELS: Partial<Readonly<Record<ColumnKind, number>>> = { binary: 2, categorical: 2, ordinal: 3 };

/** True if columns of the kind have levels. */
export function hasLevels(kind: ColumnKind): boolean {
  return MIN_LEVELS[kind] !== undefined;
}

/** True for measurements, which are standardised and may be transformed before. */
export function isMeasured(kind: ColumnKind = 'gaussian'): boolean {
  return !hasLevels(kind) && !isCount(kind) && !isSize(kind);
}

export function isCount(kind: ColumnKind = 'gaussian'): boolean {
  return kind === 'count' || kind === 'poisson';
}

/** True for a size that counts are relative to. Encoders read it, and no decoder predicts it. */
export function isSize(kind: ColumnKind = 'gaussian'): boolean {
  return kind === 'size';
}

/**
 * Checks the values of a column against its kind.
 * @param place beginning of messages
 * @throws InputError `unknown-kind`.
 *   `level-count`: a binary column without exactly two levels, an ordinal one with fewer than three, a categorical one
 *   with fewer than two. `unknown-level`: a position without a level.
 *   `not-a-count`: a count that is negative or not a whole number. `not-a-size`: a size that is not above 0
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
  const minLevels = MIN_LEVELS[kind];
  if (minLevels !== undefined) {
    if (levels.length < minLevels || (kind === 'binary' && levels.length > 2)) {
      throw new InputError(
        'level-count',
        `${place}: column '${name}' is ${kind} and has ${levels.length} levels (${levels.join(', ')}); ${kind} ` +
          `needs ${kind === 'binary' ? 'exactly' : 'at least'} ${minLevels}: choose another kind, or list the levels`,
        details,
      );
    }
    const odd = values.find((value) => !Number.isNaN(value) && levels.at(value) === undefined);
    if (odd === undefined) return;
    throw new InputError(
      'unknown-level',
      `${place}: column '${name}' has ${odd}, which is not the position of a level (${levels.join(', ')})`,
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
 * Returns the scales of the values that encode a column. There are none if it is constant or missing in the training
 * split.
 * @param train rows of the training split that have a value
 * @throws InputError as `fitScale`
 */
export function kindScales(
  { name, kind = 'gaussian', values, levels = [] }: RawColumn,
  train: Int32Array,
): ColumnScale[] {
  if (train.length === 0 || isConstant(momentsOf(values, train))) return [];
  const unscaled = { log: false, offset: 0, mean: 0, sd: 1, kind };
  if (kind === 'binary') return [{ name, ...unscaled }];
  const valuesOf = (sign: string, first: number): ColumnScale[] =>
    levels
      .slice(first)
      .map((level, i) => ({ name: `${name}${sign}${level}`, ...unscaled, of: name, level: first + i }));
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

/** Returns the kinds of columns other than plain measurements, and all levels, by column. */
export function kindsOf({ columns, levels = {} }: Pick<ModalityScales, 'columns' | 'levels'>): {
  readonly kinds: Readonly<Record<string, ColumnKind>>;
  readonly levels: Readonly<Record<string, readonly string[]>>;
} {
  const kinds = columns.flatMap((column) =>
    column.kind && !column.total ? [[columnOf(column), column.kind] as const] : [],
  );
  return { kinds: Object.fromEntries(kinds), levels };
}

/** Returns the names of the levels of a column, in order. */
export function namesOfLevels(
  { levels = {} }: Pick<ModalityScales, 'levels'>,
  column: string,
): readonly string[] | undefined {
  return Object.hasOwn(levels, column) ? levels[column] : undefined;
}

/** Returns the name of the column that a value encodes. */
export function columnOf({ name, of }: Pick<ColumnScale, 'name' | 'of'>): string {
  return of ?? name;
}

/** Returns the numbers of one encoded value of a column, before standardisation. */
export function levelValues({ kind, level }: ColumnScale, raw: Float64Array): Float64Array {
  if (level === undefined) return raw;
  const holds = (value: number): boolean => (kind === 'ordinal' ? value >= level : value === level);
  return raw.map((value) => (Number.isNaN(value) ? NaN : holds(value) ? 1 : 0));
}
