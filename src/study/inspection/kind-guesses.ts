// Guesses the kind of a column of numbers. A guess is reported and never applied.

import { COLUMN_KINDS, kindNamed, type ColumnKind } from '../../likelihoods/kinds.js';
import type { ColumnReport } from './inspection.js';

/**
 * Returns the first kind that a column looks like.
 * @param values NaN where missing
 */
export function likelyKind(
  values: Float64Array,
  { min, max, mean, sd }: Pick<ColumnReport, 'min' | 'max' | 'mean' | 'sd'>,
): ColumnKind | undefined {
  const distinct = new Set<number>();
  let isWhole = true;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    distinct.add(value);
    isWhole &&= Number.isInteger(value);
    if (!isWhole && distinct.size > 2) break;
  }
  const column = { min, max, mean, sd, different: distinct.size, isWhole };
  return COLUMN_KINDS.find((kind) => kindNamed(kind).guess?.matches(column));
}
