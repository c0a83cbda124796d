// Encodes columns that are not measurements on a scale (binary, levels, counts) as values of a table.
// docs/explanation/likelihoods.md describes how a model treats them.

import { InputError } from '../errors/errors.js';
import { COLUMN_KINDS, kindNamed, type ColumnKind } from '../likelihoods/kinds.js';
import { comparison } from '../likelihoods/level-coding.js';
import { didYouMean } from '../errors/suggestion.js';
import type { ColumnScale, ModalityScales } from './dataset.js';
import { fitScale, isConstant, momentsOf } from './standardise.js';

/** A column before standardisation. */
export interface RawColumn {
  readonly name: string;
  /** `gaussian` when left out. */
  readonly kind?: ColumnKind | undefined;
  /**
   * One value per subject, NaN where missing. Columns of levels have positions of levels, from 0 on; the second
   * level of a binary column is its 1.
   */
  readonly values: Float64Array;
  /** Levels of a column of levels, in order. */
  readonly levels?: readonly string[] | undefined;
}

/** True if columns of the kind have levels. */
export function hasLevels(kind?: ColumnKind): boolean {
  return kindNamed(kind).form === 'levels';
}

/** Names of the kinds with levels. */
export const LEVEL_KINDS = COLUMN_KINDS.filter(hasLevels);

/** True if the order of the levels has a meaning. */
export function hasOrder(kind?: ColumnKind): boolean {
  const row = kindNamed(kind);
  return row.form === 'levels' && row.coding.isOrdered;
}

/** True for measurements, which are standardised and may be transformed before. */
export function isMeasured(kind?: ColumnKind): boolean {
  return kindNamed(kind).form === 'measured';
}

/** True if −log p of the kind is a squared error. */
export function isSquaredError(kind?: ColumnKind): boolean {
  const row = kindNamed(kind);
  return row.form === 'measured' && row.isSquaredError;
}

export function isCount(kind?: ColumnKind): boolean {
  const row = kindNamed(kind);
  return row.form === 'numbers' && !row.isSize && row.isCount;
}

/** True for a size that counts are relative to. Encoders read it, and no decoder predicts it. */
export function isSize(kind?: ColumnKind): boolean {
  const row = kindNamed(kind);
  return row.form === 'numbers' && row.isSize;
}

/**
 * Checks the values of a column against its kind.
 * @param place beginning of messages
 * @throws InputError `unknown-kind`.
 *   `level-count`: a number of levels that the kind does not accept. `unknown-level`: a position without a level.
 *   `not-a-count`, `not-a-size`, `not-of-kind`: a number that the kind does not accept
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
  const row = kindNamed(kind);
  const rejected = (test: (value: number) => boolean): number | undefined =>
    values.find((value) => !Number.isNaN(value) && !test(value));
  if (row.form === 'levels') {
    const { minLevels, maxLevels } = row;
    if (levels.length < minLevels || levels.length > maxLevels) {
      throw new InputError(
        'level-count',
        `${place}: column '${name}' is ${kind} and has ${levels.length} levels (${levels.join(', ')}); ${kind} ` +
          `needs ${minLevels === maxLevels ? 'exactly' : 'at least'} ${minLevels}: choose another kind, or list the ` +
          'levels',
        details,
      );
    }
    const odd = rejected((value) => levels.at(value) !== undefined);
    if (odd === undefined) return;
    throw new InputError(
      'unknown-level',
      `${place}: column '${name}' has ${odd}, which is not the position of a level (${levels.join(', ')})`,
      details,
    );
  }
  if (row.form !== 'numbers') return;
  const odd = rejected((value) => row.accepts(value));
  if (odd === undefined) return;
  const { noun, nouns, accepted, remedy } = row;
  const message = `${place}: column '${name}' is ${noun} and has ${odd}; ${nouns} ${accepted}: ${remedy}`;
  throw row.error?.(message, details) ?? new InputError('not-of-kind', message, details);
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
  const row = kindNamed(kind);
  if (row.form === 'levels') {
    const { sign, first } = row.coding;
    if (sign === undefined) return [{ name, ...unscaled }];
    return levels
      .slice(first)
      .map((level, i) => ({ name: `${name}${sign}${level}`, ...unscaled, of: name, level: first + i }));
  }
  if (row.form === 'numbers') {
    const { logOffset, of } = row.link;
    const { mean, sd } = momentsOf(values.map(of), train);
    const logarithm = { log: logOffset !== undefined, offset: logOffset ?? 0 };
    return [{ name, ...logarithm, mean, sd: row.sd === 'fitted' ? sd : row.sd, kind }];
  }
  const scale = fitScale(name, values, train, 'never');
  return [ofKind(scale, kind)];
}

/** Returns the scale of a measured column with its kind, which is left out if it is `gaussian`. */
export function ofKind(scale: ColumnScale, kind: ColumnKind = 'gaussian'): ColumnScale {
  return kind === 'gaussian' ? scale : { ...scale, kind };
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
  const row = kindNamed(kind);
  if (level === undefined || row.form !== 'levels') return raw;
  const holds = comparison(row.coding);
  return raw.map((value) => (Number.isNaN(value) ? NaN : holds(value, level) ? 1 : 0));
}
