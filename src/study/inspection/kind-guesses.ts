// Guesses the kind of a column of numbers. A guess is reported and never applied.

import type { ColumnReport } from './inspection.js';

/** Maximum range of whole numbers that are levels rather than counts. */
const MAX_RANGE = 10;

/**
 * Returns the likely kind of a column. Two values are binary. Whole numbers in a narrow range are ordinal, or perhaps
 * categorical. Whole numbers from 0 on are counts if their variance exceeds their mean, unlike that of Poisson counts.
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
  if (max - min <= MAX_RANGE) return 'ordinal';
  return min === 0 && sd ** 2 > mean ? 'count' : undefined;
}
