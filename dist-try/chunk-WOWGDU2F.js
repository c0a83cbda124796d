import {
  countBelow
} from "./chunk-KVCOM63A.js";
import {
  normalQuantile
} from "./chunk-MX4VZIVR.js";

// src/data/ranks.ts
var MAX_QUANTILES = 256;
function fitRanks(values, train) {
  const sorted = Float64Array.from(train, (row) => values[row]).sort();
  const count = Math.min(MAX_QUANTILES, sorted.length);
  const quantiles = Array.from({ length: count }, (_, k) => quantileOf(sorted, count === 1 ? 0 : k / (count - 1)));
  return { of: sorted.length, quantiles };
}
function quantileOf(sorted, share) {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const rest = at - below;
  return rest === 0 ? sorted[below] : sorted[below] + rest * (sorted[below + 1] - sorted[below]);
}
function medianOf(values) {
  const middle = Math.floor((values.length - 1) / 2);
  const below = select(values, middle);
  if (values.length % 2 === 1) return below;
  let above = Infinity;
  for (let i = middle + 1; i < values.length; i++) if (values[i] < above) above = values[i];
  return below + 0.5 * (above - below);
}
function select(values, place) {
  let from = 0;
  let to = values.length - 1;
  while (from < to) {
    const pivot = values[from + to >> 1];
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
function rankScore({ of, quantiles }, value) {
  const last = quantiles.length - 1;
  const within = Math.min(Math.max(value, quantiles[0]), quantiles[last]);
  const above = countBelow(quantiles, within);
  let place = middleOf(quantiles, above);
  if (quantiles[above] !== within) {
    const below = middleOf(quantiles, countBelow(quantiles, quantiles[above - 1]));
    const gap = quantiles[above] - quantiles[above - 1];
    place = below + (within - quantiles[above - 1]) / gap * (place - below);
  }
  const rank = 1 + (last === 0 ? 0 : place * (of - 1) / last);
  return normalQuantile((rank - 0.375) / (of + 0.25));
}
function valueOfScore(ranks, score) {
  const { quantiles } = ranks;
  const above = quantiles.findIndex((quantile) => rankScore(ranks, quantile) >= score);
  if (above <= 0) return quantiles[above < 0 ? quantiles.length - 1 : 0];
  const [from, to] = [rankScore(ranks, quantiles[above - 1]), rankScore(ranks, quantiles[above])];
  return quantiles[above - 1] + (score - from) / (to - from) * (quantiles[above] - quantiles[above - 1]);
}
function middleOf(sorted, first) {
  let end = first + 1;
  while (end < sorted.length && sorted[end] === sorted[first]) end++;
  return (first + end - 1) / 2;
}

export {
  fitRanks,
  quantileOf,
  medianOf,
  rankScore,
  valueOfScore
};
