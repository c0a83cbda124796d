// Rank correlations of columns with missing values. Each column is ranked once, so each pair costs one product.

import { averageRanks } from './correlation.js';
import { dot } from './vectors.js';

export interface KnownRanks {
  /** Ranks with mean 0 and length 1; NaN for a missing value. */
  readonly ranks: Float64Array;
  readonly isComplete: boolean;
}

/** Ranks a column. @param values finite, or NaN where missing */
export function knownRanks(values: Float64Array): KnownRanks {
  const known = values.filter((value) => !Number.isNaN(value));
  const ranks = standardRanks(known);
  if (known.length === values.length) return { ranks, isComplete: true };
  let next = 0;
  return { ranks: values.map((value) => (Number.isNaN(value) ? NaN : ranks[next++])), isComplete: false };
}

/**
 * Returns Pearson's correlation of the ranks over rows without a missing value; 0 if one is constant there. Without
 * missing values it equals Spearman's ρ.
 */
export function rankCorrelation(a: KnownRanks, b: KnownRanks): number {
  if (a.isComplete && b.isComplete) return dot(a.ranks, b.ranks);
  let [count, sumA, sumB] = [0, 0, 0];
  for (let row = 0; row < a.ranks.length; row++) {
    if (Number.isNaN(a.ranks[row] + b.ranks[row])) continue;
    count++;
    sumA += a.ranks[row];
    sumB += b.ranks[row];
  }
  let [product, squareA, squareB] = [0, 0, 0];
  for (let row = 0; row < a.ranks.length; row++) {
    if (Number.isNaN(a.ranks[row] + b.ranks[row])) continue;
    const [da, db] = [a.ranks[row] - sumA / count, b.ranks[row] - sumB / count];
    product += da * db;
    squareA += da * da;
    squareB += db * db;
  }
  const length = Math.sqrt(squareA * squareB);
  return length > 0 ? product / length : 0;
}

/** Returns ranks with mean 0 and length 1; all 0 for a constant column. */
export function standardRanks(values: Float64Array): Float64Array {
  const ranks = averageRanks(values);
  const mean = (values.length + 1) / 2;
  let square = 0;
  for (const rank of ranks) square += (rank - mean) ** 2;
  const length = Math.sqrt(square);
  return ranks.map((rank) => (length === 0 ? 0 : (rank - mean) / length));
}
