// Tests if two groups of latents of the same held-out units are independent (docs/explanation/evidence.md). It uses
// canonical correlations of their normal scores, and of the scores with their squares. Therefore it detects U-shapes
// and effects on the spread, too. p-values come from permutations within the fold, or from χ² if there are enough
// units.

import { chiSquareTail, gammaTail } from '../causal/discovery/independence/distributions.js';
import { normalScores } from '../quality/pair-test.js';
import { cauchy } from './combine.js';
import type { Permutations } from './permutations.js';
import { dot, varies } from '../metrics/vectors.js';

/** From this number of units on, Bartlett's χ² agrees with permutations (docs/results/null), which take longer. */
const MIN_UNITS_CHI_SQUARE = 2000;
const MIN_PERMUTATIONS = 199;
const MAX_PERMUTATIONS = 999;
/** Maximum number of products in the permutations of one test. */
const MAX_PRODUCTS = 1e8;
/** Minimum number of units per column for squares; with fewer, the scores alone are tested. */
const UNITS_PER_COLUMN = 2;
/** With fewer permutations beyond the observed value, p is the tail of a gamma variable with their moments. */
const MIN_BEYOND = 10;
/** Maximum squared canonical correlation in a logarithm: copies of a latent have a correlation of 1. */
const MAX_SHARE = 1 - 1e-9;
/** Ridge of a covariance relative to its diagonal: latents of a modality may be copies of each other. */
const RIDGE = 1e-12;

export interface AssociationTest {
  /** P-value of independence, from both statistics. */
  readonly p: number;
  /** P-value from the canonical correlations of the scores alone. */
  readonly linear: number;
}

export interface Exchange {
  readonly permutations: Permutations;
  /** Number of directions that were removed from the columns. Each reduces the number of free units by one. */
  readonly lost: number;
  /** Maximum number of permutations. Default: 999. */
  readonly maxPermutations?: number | undefined;
}

/**
 * Tests independence of two groups of columns of the same units.
 * @param a columns without NaN, as in `b`; constant columns are ignored, and p is 1 if none remain
 */
export function associationTest(
  a: readonly Float64Array[],
  b: readonly Float64Array[],
  { permutations, lost, maxPermutations = MAX_PERMUTATIONS }: Exchange,
): AssociationTest {
  const [first, second] = [a, b].map((columns) => columns.filter(varies).map(normalScores));
  if (first.length === 0 || second.length === 0) return { p: 1, linear: 1 };
  const units = first[0].length;
  const isCurved = units > UNITS_PER_COLUMN * 2 * (first.length + second.length);
  const [x, y] = [first, second].map((scores) => whitened(isCurved ? [...scores, ...scores.map(squares)] : scores));
  const sizes: Sizes = { linear: [first.length, second.length], all: [x.length, y.length] };
  const observed = statistics(crossProducts(x, y), sizes);
  const factors = (n: number) => [bartlett(n, sizes.linear), bartlett(n, sizes.all)];
  const [free, full] = [factors(units - lost), factors(units)];
  if (permutations.isFree && units >= MIN_UNITS_CHI_SQUARE) {
    const linear = chiSquareTail(free[0] * observed[0], first.length * second.length);
    return { linear, p: cauchy([linear, chiSquareTail(free[1] * observed[1], x.length * y.length)]) };
  }
  // Columns from which directions were removed have larger correlations by chance than the same number of free units.
  const corrected = observed.map((value, i) => (value * Math.max(0, free[i])) / full[i]);
  const count = Math.floor(MAX_PRODUCTS / (units * x.length * y.length));
  const orders = permutations.orders(units, Math.max(MIN_PERMUTATIONS, Math.min(maxPermutations, count)));
  const chance = orders.map((order) => statistics(crossProducts(x, y, order), sizes));
  return permutationTest(corrected, chance);
}

interface Sizes {
  /** Numbers of columns of both sides, without and with their squares. */
  readonly linear: readonly [number, number];
  readonly all: readonly [number, number];
}

/** Returns the factor that makes a statistic of `n` units χ² (Bartlett 1941). */
function bartlett(n: number, [p, q]: readonly [number, number]): number {
  return n - 1 - (p + q + 1) / 2;
}

/** Tests the observed pair of statistics against those of all permutations, including itself. */
function permutationTest(observed: readonly number[], chance: readonly (readonly number[])[]): AssociationTest {
  const columns = observed.map((value, s) => Float64Array.from([value, ...chance.map((values) => values[s])]));
  const ps = columns.map(sharesBeyond);
  const together = Float64Array.from(ps[0], (_, i) => -cauchy([ps[0][i], ps[1][i]]));
  const tails = columns.map((column) => tailOf(column));
  return {
    linear: refined(ps[0][0], tails[0], chance.length),
    p: refined(sharesBeyond(together)[0], cauchy(tails), chance.length),
  };
}

/** Returns the p-value of the tail if too few permutations lie beyond the observed value, otherwise the counted one. */
function refined(counted: number, tail: number, permutations: number): number {
  return counted * (permutations + 1) > MIN_BEYOND ? counted : Math.min(counted, Math.max(tail, Number.MIN_VALUE));
}

/** Returns for each value the share of values that are at least as large. */
function sharesBeyond(values: Float64Array): Float64Array {
  const sorted = values.slice().sort();
  return values.map((value) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return (sorted.length - low) / sorted.length;
  });
}

/** Returns the tail of the first value under a gamma variable with the moments of all further values. */
function tailOf(values: Float64Array): number {
  const nullValues = values.subarray(1);
  const mean = nullValues.reduce((sum, value) => sum + value, 0) / nullValues.length;
  const variance = nullValues.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (nullValues.length - 1);
  return gammaTail(values[0], mean, variance);
}

function squares(scores: Float64Array): Float64Array {
  return scores.map((value) => value ** 2);
}

/** Returns uncorrelated columns of mean 0 and norm 1. The first k of them span the first k columns. */
function whitened(columns: readonly Float64Array[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const column of columns) {
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    const rest = column.map((value) => value - mean);
    const before = dot(rest, rest);
    // Two passes, because one pass leaves rounding errors of a nearly parallel column.
    for (let pass = 0; pass < 2; pass++) {
      for (const direction of basis) {
        const share = dot(rest, direction);
        for (let i = 0; i < rest.length; i++) rest[i] -= share * direction[i];
      }
    }
    const length = Math.sqrt(dot(rest, rest) + RIDGE * before);
    basis.push(length === 0 ? rest : rest.map((value) => value / length));
  }
  return basis;
}

/** Returns the products of the columns of x and y, x × y, row-major. @param order order of the units of y */
function crossProducts(x: readonly Float64Array[], y: readonly Float64Array[], order?: Int32Array): Float64Array {
  const products = new Float64Array(x.length * y.length);
  const moved = order ? y.map((column) => inOrder(column, order)) : y;
  x.forEach((u, i) => {
    const row = i * y.length;
    let j = 0;
    // Four sums at a time, because each sum alone waits for its last addition.
    for (; j + 4 <= moved.length; j += 4) {
      const [v0, v1, v2, v3] = [moved[j], moved[j + 1], moved[j + 2], moved[j + 3]];
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let k = 0; k < u.length; k++) {
        const value = u[k];
        s0 += value * v0[k];
        s1 += value * v1[k];
        s2 += value * v2[k];
        s3 += value * v3[k];
      }
      products[row + j] = s0;
      products[row + j + 1] = s1;
      products[row + j + 2] = s2;
      products[row + j + 3] = s3;
    }
    for (; j < moved.length; j++) products[row + j] = dot(u, moved[j]);
  });
  return products;
}

function inOrder(values: Float64Array, order: Int32Array): Float64Array {
  const moved = new Float64Array(values.length);
  for (let i = 0; i < moved.length; i++) moved[i] = values[order[i]];
  return moved;
}

/** Returns −Σ ln(1 − ρᵢ²) of the scores alone, and of the scores with their squares. */
function statistics(products: Float64Array, { linear, all }: Sizes): [number, number] {
  return [information(products, all[1], linear), information(products, all[1], all)];
}

/** Returns −ln det(I − C Cᵀ) for the first rows and columns of the cross-correlations C of uncorrelated columns. */
function information(products: Float64Array, width: number, [rows, columns]: readonly [number, number]): number {
  const rest = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += products[i * width + k] * products[j * width + k];
      rest[i * rows + j] = (i === j ? 1 : 0) - sum;
    }
  }
  let logDeterminant = 0;
  // Compute the Cholesky factor in place.
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let value = rest[i * rows + j];
      for (let k = 0; k < j; k++) value -= rest[i * rows + k] * rest[j * rows + k];
      if (i === j) {
        const square = Math.max(value, 1 - MAX_SHARE);
        logDeterminant += Math.log(square);
        rest[i * rows + i] = Math.sqrt(square);
      } else {
        rest[i * rows + j] = value / rest[j * rows + j];
      }
    }
  }
  return -logDeterminant;
}
