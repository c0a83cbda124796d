// Rank-normal scores (Blom 1958): a value's rank among the training part, as a normal quantile. What is kept of the
// training part are its values, or their quantiles where there are many.

import { normalQuantile } from '../graph/special.js';
import { countBelow } from '../metrics/index.js';

/** The training part of a column. */
export interface Ranks {
  /** Training values. */
  readonly of: number;
  /** All of them in ascending order, or so many of their quantiles, evenly spaced from the least to the largest. */
  readonly quantiles: readonly number[];
}

/** Quantiles that are kept of a longer column. */
const KEPT = 256;

/** @param train rows of the training part that have a value */
export function fitRanks(values: Float64Array, train: Int32Array): Ranks {
  const sorted = Float64Array.from(train, (row) => values[row]).sort();
  const kept = Math.min(KEPT, sorted.length);
  const quantiles = Array.from({ length: kept }, (_, k) => quantileOf(sorted, kept === 1 ? 0 : k / (kept - 1)));
  return { of: sorted.length, quantiles };
}

/** The quantile of values in ascending order, linear between two of them (Hyndman & Fan's type 7). */
export function quantileOf(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const rest = at - below;
  // Both factors are rounded; where the place is whole the value itself is meant.
  return rest === 0 ? sorted[below] : sorted[below] + rest * (sorted[below + 1] - sorted[below]);
}

/** As the quantile of one half, of values in any order, which it changes: no sort, but a search for the middle. */
export function medianOf(values: Float64Array): number {
  const middle = Math.floor((values.length - 1) / 2);
  const below = select(values, middle);
  if (values.length % 2 === 1) return below;
  let above = Infinity;
  for (let i = middle + 1; i < values.length; i++) if (values[i] < above) above = values[i];
  return below + 0.5 * (above - below);
}

/** Hoare's quickselect: the value at `place` of the ascending ones, with none smaller behind and none larger before. */
function select(values: Float64Array, place: number): number {
  let from = 0;
  let to = values.length - 1;
  while (from < to) {
    const pivot = values[(from + to) >> 1];
    let [left, right] = [from, to];
    while (left <= right) {
      while (values[left] < pivot) left++;
      while (values[right] > pivot) right--;
      if (left > right) break;
      [values[left], values[right]] = [values[right], values[left]];
      left++;
      right--;
    }
    if (place <= right) to = right;
    else if (place >= left) from = left;
    else break;
  }
  return values[place];
}

/**
 * Φ⁻¹((r − 3/8) / (n + 1/4)): r is the mean rank of equal values, linear between different ones. Beyond the training
 * part a value counts as its least or largest.
 */
export function rankScore({ of, quantiles }: Ranks, value: number): number {
  const last = quantiles.length - 1;
  const within = Math.min(Math.max(value, quantiles[0]), quantiles[last]);
  const above = countBelow(quantiles, within);
  let place = middleOf(quantiles, above);
  if (quantiles[above] !== within) {
    const below = middleOf(quantiles, countBelow(quantiles, quantiles[above - 1]));
    const gap = quantiles[above] - quantiles[above - 1];
    place = below + ((within - quantiles[above - 1]) / gap) * (place - below);
  }
  const rank = 1 + (last === 0 ? 0 : (place * (of - 1)) / last);
  return normalQuantile((rank - 0.375) / (of + 0.25));
}

/** The value with a score, linear between the scores of two known ones, within the training part. */
export function valueOfScore(ranks: Ranks, score: number): number {
  const { quantiles } = ranks;
  const above = quantiles.findIndex((quantile) => rankScore(ranks, quantile) >= score);
  if (above <= 0) return quantiles[above < 0 ? quantiles.length - 1 : 0];
  const [from, to] = [rankScore(ranks, quantiles[above - 1]), rankScore(ranks, quantiles[above])];
  return quantiles[above - 1] + ((score - from) / (to - from)) * (quantiles[above] - quantiles[above - 1]);
}

/** The middle of the positions that hold the same value as `first`, the first of them. */
function middleOf(sorted: readonly number[], first: number): number {
  let end = first + 1;
  while (end < sorted.length && sorted[end] === sorted[first]) end++;
  return (first + end - 1) / 2;
}
