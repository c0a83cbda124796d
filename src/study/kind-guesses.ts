// What a column of numbers that has no kind looks like. A guess is told, never followed.

import type { ColumnReport } from './inspection.js';

/** Whole numbers whose range is no wider are levels rather than counts. */
const WIDEST_LEVELS = 10;

/**
 * binary: two values; ordinal (or categorical): whole numbers close together; count: whole numbers from 0 on that vary
 * more than their mean, as those of a Poisson variable do not.
 * @param values NaN where missing
 */
export function likelyKind(
  values: Float64Array,
  { min, max, mean, sd }: Pick<ColumnReport, 'min' | 'max' | 'mean' | 'sd'>,
): ColumnReport['likely'] {
  const different = new Set<number>();
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (!Number.isInteger(value) && different.size > 2) return undefined;
    different.add(value);
  }
  if (different.size === 2) return 'binary';
  if (![...different].every(Number.isInteger)) return undefined;
  if (max - min <= WIDEST_LEVELS) return 'ordinal';
  return min === 0 && sd ** 2 > mean ? 'count' : undefined;
}
