// Rank-normal scores (Blom 1958): the rank of a value in the training split, as a normal quantile. A model stores the
// training values, or 256 of their quantiles if there are more.

import { normalQuantile } from '../graph/special.js';
import { countBelow } from '../metrics/index.js';

/** Training values of a column. */
export interface Ranks {
  /** Number of training values. */
  readonly of: number;
  /** All training values in ascending order, or evenly spaced quantiles from their minimum to their maximum. */
  readonly quantiles: readonly number[];
}

/** Maximum number of stored quantiles. */
const MAX_QUANTILES = 256;

/** Returns the ranks of a column. @param train rows of the training split that have a value */
export function fitRanks(values: Float64Array, train: Int32Array): Ranks {
  const sorted = Float64Array.from(train, (row) => values[row]).sort();
  const count = Math.min(MAX_QUANTILES, sorted.length);
  const quantiles = Array.from({ length: count }, (_, k) => quantileOf(sorted, count === 1 ? 0 : k / (count - 1)));
  return { of: sorted.length, quantiles };
}

/** Returns the quantile of ascending values, linear between two of them (type 7 of Hyndman & Fan 1996). */
export function quantileOf(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const rest = at - below;
  // At a whole position, return the value itself: the interpolation would round.
  return rest === 0 ? sorted[below] : sorted[below] + rest * (sorted[below + 1] - sorted[below]);
}

/** Returns the median, equal to `quantileOf(…, 0.5)`. Reorders `values`: a selection is faster than a sort. */
export function medianOf(values: Float64Array): number {
  const middle = Math.floor((values.length - 1) / 2);
  const below = select(values, middle);
  if (values.length % 2 === 1) return below;
  let above = Infinity;
  for (let i = middle + 1; i < values.length; i++) if (values[i] < above) above = values[i];
  return below + 0.5 * (above - below);
}

/** Returns the value at `place` in ascending order (Hoare's quickselect). Afterwards no larger value precedes it. */
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
 * Returns Φ⁻¹((r − 3/8) / (n + 1/4)). r is the mean rank of equal values, and linear between different ones. A value
 * outside the training range counts as its minimum or maximum.
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

/** Returns the value with this score, interpolated between two training values, within the training range. */
export function valueOfScore(ranks: Ranks, score: number): number {
  const { quantiles } = ranks;
  const above = quantiles.findIndex((quantile) => rankScore(ranks, quantile) >= score);
  if (above <= 0) return quantiles[above < 0 ? quantiles.length - 1 : 0];
  const [from, to] = [rankScore(ranks, quantiles[above - 1]), rankScore(ranks, quantiles[above])];
  return quantiles[above - 1] + ((score - from) / (to - from)) * (quantiles[above] - quantiles[above - 1]);
}

/** Returns the mean of the positions with the same value as `first`, which is the first of them. */
function middleOf(sorted: readonly number[], first: number): number {
  let end = first + 1;
  while (end < sorted.length && sorted[end] === sorted[first]) end++;
  return (first + end - 1) / 2;
}
