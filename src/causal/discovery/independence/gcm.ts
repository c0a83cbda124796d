// The generalised covariance measure (Shah & Peters 2020) of functions of x and of y. If x is independent of y given S,
// such functions are uncorrelated after their regressions on S. The test keeps its level for any noise, also with
// variances that depend on S, if the product of the errors of the two regressions is o(n^-½). The regressions must thus
// fit well: fast waves of S, or relations of higher order in large S, can be mistaken for dependences. The functions
// are Legendre polynomials of ranks, so units and outliers do not matter.

import { InputError } from '../../../errors/errors.js';
import { centred, dot } from '../../../metrics/vectors.js';
import { checkColumnShapes, completeRows, type DataColumn } from '../columns.js';
import { inverseCholesky } from './cholesky.js';
import { chiSquareTail } from './distributions.js';
import type { IndependenceTest, TestResult } from './independence.js';
import { tooFewRows } from './kci.js';
import { crossProduct, type KernelFactor } from './kernel-factor.js';
import { RecentlyUsed } from './recently-used.js';
import { TILE } from './tiles.js';

/** Number of polynomials of x, and of y. */
const FEATURES = 3;
const MIN_ROWS = 100;
/** Minimum number of rows for each term of a regression. */
const ROWS_PER_TERM = 4;
/**
 * A regression has the products of polynomials with Π (1 + degree) up to this, or less if they would be too many. With
 * many variables in S only linear terms remain.
 */
const MAX_CROSS = 40;
const MAX_TERMS = 160;
/** The penalty of a term is proportional to Π (1 + degree) to this power. */
const ROUGHNESS = 4;
const PENALTIES = Array.from({ length: 11 }, (_, i) => 10 ** (-0.75 * i));
/** Added to the variance of every term, because terms may determine each other. */
const RIDGE = 1e-9;
/** A smaller share of a variance is an error of rounding or of RIDGE. */
const NEGLIGIBLE = 1e-9;
/** Maximum numbers in each cache. */
const CACHED = 2 ** 23;

/** The residuals of a function of one variable after its regression on S. */
interface Residual {
  readonly values: Float64Array;
  /** Degrees of freedom of the regression. */
  readonly degrees: number;
}

/**
 * Returns the test on numeric columns. Each test uses the rows where all of its variables are present. Equal values
 * have their mean rank. A column that S determines counts as independent.
 * @throws InputError; its `test` throws InputError `too-few-rows`, `constant-column`
 */
export function gcm(columns: readonly DataColumn[]): IndependenceTest {
  checkColumnShapes('gcm: columns', columns);
  const hasMissing = columns.map(({ values }) => values.some(Number.isNaN));
  const capacity = (size: number) => Math.ceil(Math.min(1024, CACHED / (size * columns[0].values.length)));
  const ranked = new RecentlyUsed<Float64Array>(capacity(1));
  const series = new RecentlyUsed<Series>(capacity(MAX_TERMS));
  const residuals = new RecentlyUsed<readonly Residual[]>(capacity(FEATURES));

  function test(x: number, y: number, conditioning: readonly number[]): TestResult {
    const order = [x, y, ...conditioning];
    // Tests with the same missing rows share ranks and regressions.
    const incomplete = order.filter((i) => hasMissing[i]).sort((a, b) => a - b);
    const rows = completeRows(columns, incomplete.length === 0 ? [x] : incomplete);
    const minRows = Math.max(MIN_ROWS, ROWS_PER_TERM * (1 + conditioning.length));
    if (rows.length < minRows) throw tooFewRows(columns, order, rows.length, minRows);
    const ranksOf = (i: number) => ranked.get(`${i};${incomplete.join()}`, () => ranks(columns[i], rows));
    const condition = `${conditioning.join()};${incomplete.join()}`;
    const [first, second] = [x, y].map((i) =>
      residuals.get(`${i};${condition}`, () => {
        const features = orthonormal(polynomials(ranksOf(i), FEATURES));
        if (conditioning.length === 0) return features.map((values) => ({ values, degrees: 0 }));
        const regression = series.get(condition, () => new Series(conditioning.map(ranksOf)));
        // S determines a feature, of variance 1, if almost no variance remains.
        return features
          .map((feature) => regression.residual(feature))
          .filter(({ values }) => dot(values, values) / rows.length > NEGLIGIBLE);
      }),
    );
    return { p: covarianceTail(first, second, rows.length), rows: rows.length };
  }

  return { variables: columns, resolution: 0, test };
}

/** Returns the mean ranks of the values, as shares in (0, 1). @throws InputError `constant-column` */
function ranks({ name, values }: DataColumn, rows: Int32Array): Float64Array {
  const sorted = Float64Array.from(rows, (row) => values[row]).sort();
  const n = sorted.length;
  if (sorted[0] === sorted[n - 1]) {
    throw new InputError('constant-column', `column '${name}' is constant in the ${n} rows of a test; leave it out`, {
      column: name,
    });
  }
  const shares = new Map<number, number>();
  for (let start = 0, end = 0; start < n; start = end) {
    while (end < n && sorted[end] === sorted[start]) end++;
    shares.set(sorted[start], (start + end) / (2 * n));
  }
  return Float64Array.from(rows, (row) => shares.get(values[row])!);
}

/** Returns the Legendre polynomials of degree 1 to `count`, orthonormal on [0, 1]. */
function polynomials(shares: Float64Array, count: number): Float64Array[] {
  const legendre = [shares.map(() => 1), shares.map((share) => 2 * share - 1)];
  for (let degree = 1; degree < count; degree++) {
    const [before, current] = legendre.slice(-2);
    legendre.push(
      shares.map((share, i) => ((2 * degree + 1) * (2 * share - 1) * current[i] - degree * before[i]) / (degree + 1)),
    );
  }
  return legendre.slice(1).map((values, i) => values.map((value) => value * Math.sqrt(2 * i + 3)));
}

/**
 * Returns the components of the features outside the span of 1 and of earlier ones, with variance 1. A column of k
 * values has at most k − 1.
 */
function orthonormal(features: readonly Float64Array[]): Float64Array[] {
  const result: Float64Array[] = [];
  for (const feature of features) {
    const rest = centred(feature);
    for (const other of result) {
      const share = dot(rest, other) / rest.length;
      for (let i = 0; i < rest.length; i++) rest[i] -= share * other[i];
    }
    const variance = dot(rest, rest) / rest.length;
    if (variance > NEGLIGIBLE) result.push(rest.map((value) => value / Math.sqrt(variance)));
  }
  return result;
}

/** Returns the degrees of all terms of a regression on S: a hyperbolic cross. @param variables their number in S */
function termsOf(variables: number, rows: number): number[][] {
  const maxTerms = Math.min(MAX_TERMS, rows / ROWS_PER_TERM);
  for (let size = MAX_CROSS; ; size--) {
    let terms: number[][] = [[]];
    for (let v = 0; v < variables && (terms.length <= maxTerms || size === 2); v++) {
      terms = terms.flatMap((term) =>
        Array.from({ length: Math.floor(size / sizeOf(term)) }, (_, degree) => [...term, degree]),
      );
    }
    if (terms.length <= maxTerms || size === 2) return terms;
  }
}

function sizeOf(term: readonly number[]): number {
  return term.reduce((product, degree) => product * (1 + degree), 1);
}

/**
 * Regressions on products of polynomials of S, with a penalty for high degrees that generalised cross-validation
 * chooses for each response (Craven & Wahba 1979).
 */
class Series {
  readonly #terms: KernelFactor;
  readonly #gram: Float64Array;
  /** Number of terms, filled up to whole tiles. */
  readonly #size: number;
  readonly #fits: readonly { readonly inverse: Float64Array; readonly degrees: number }[];

  constructor(variables: readonly Float64Array[]) {
    const rows = variables[0].length;
    const terms = termsOf(variables.length, rows);
    const rank = terms.length;
    const size = Math.ceil(rank / TILE[0]) * TILE[0];
    const legendre = variables.map((shares) => polynomials(shares, Math.max(...terms.flat())));
    const columns = new Float64Array(rank * rows).fill(1);
    for (const [j, term] of terms.entries()) {
      const column = columns.subarray(j * rows, (j + 1) * rows);
      for (const [v, degree] of term.entries()) {
        if (degree > 0) for (let i = 0; i < rows; i++) column[i] *= legendre[v][degree - 1][i];
      }
    }
    this.#terms = { rows, rank, columns };
    this.#size = size;
    this.#gram = crossProduct(this.#terms, this.#terms).map((value) => value / rows);
    const roughness = terms.map((term) => (sizeOf(term) === 1 ? 0 : sizeOf(term) ** ROUGHNESS));
    this.#fits = PENALTIES.map((penalty) => {
      const penalised = new Float64Array(size * size);
      for (let j = 0; j < size; j++) {
        if (j < rank) penalised.set(this.#gram.subarray(j * rank, (j + 1) * rank), j * size);
        penalised[j * size + j] += j < rank ? penalty * roughness[j] + RIDGE : 1;
      }
      const inverse = inverseCholesky(penalised, size);
      let degrees = rank;
      for (let k = 0; k < rank; k++) {
        for (let j = 0; j <= k; j++) degrees -= penalty * roughness[j] * inverse[k * size + j] ** 2;
      }
      return { inverse, degrees };
    });
  }

  /** Returns the residual of a response with mean 0 and variance 1. */
  residual(response: Float64Array): Residual {
    const { rows, columns, rank } = this.#terms;
    const products = crossProduct({ rows, rank: 1, columns: response }, this.#terms).map((value) => value / rows);
    let best: { weights: Float64Array; degrees: number; score: number } = {
      weights: products,
      degrees: 0,
      score: Infinity,
    };
    for (const { inverse, degrees } of this.#fits) {
      const weights = this.#weights(inverse, products);
      let rest = 1;
      for (let j = 0; j < rank; j++) {
        rest -= 2 * weights[j] * products[j];
        for (let k = 0; k < rank; k++) rest += weights[j] * weights[k] * this.#gram[j * rank + k];
      }
      const score = rest / (1 - degrees / rows) ** 2;
      if (score < best.score) best = { weights, degrees, score };
    }
    const values = response.slice();
    for (let j = 0, at = 0; j < rank; j++) {
      for (let i = 0; i < rows; i++) values[i] -= best.weights[j] * columns[at++];
    }
    return { values, degrees: best.degrees };
  }

  /** Returns C⁻ᵀ C⁻¹ b, from the inverse of a Cholesky factor C. */
  #weights(inverse: Float64Array, products: Float64Array): Float64Array {
    const weights = new Float64Array(products.length);
    for (let k = 0; k < products.length; k++) {
      let whitened = 0;
      for (let j = 0; j <= k; j++) whitened += inverse[k * this.#size + j] * products[j];
      for (let j = 0; j <= k; j++) weights[j] += inverse[k * this.#size + j] * whitened;
    }
    return weights;
  }
}

/**
 * Returns the p-value of the means of all products of residuals: χ² of the means in units of their second moments.
 * These are not centred, because means are 0 if x is independent of y given S. In 100 rows without S, 5 % of
 * independent pairs then have p < 0.05; with centred ones, 12 % would.
 */
function covarianceTail(first: readonly Residual[], second: readonly Residual[], rows: number): number {
  const products = first.flatMap((a) => second.map((b) => a.values.map((value, i) => value * b.values[i])));
  // If the terms of one regression, with d degrees of freedom, are among those of the other, with D, the sum of
  // products has variance proportional to n − D. Its estimate from squared products is so to n (1 − d/n) (1 − D/n),
  // which is too small by the factor 1 − d/n.
  const shrunk = first.flatMap((a) => second.map((b) => Math.sqrt(1 - Math.min(a.degrees, b.degrees) / rows)));
  const size = products.length;
  const factor = new Float64Array(size * size);
  const whitened = new Float64Array(size);
  let degrees = 0;
  let statistic = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      let rest = dot(products[i], products[j]) / rows;
      for (let k = 0; k < j; k++) rest -= factor[i * size + k] * factor[j * size + k];
      const root = factor[j * size + j];
      factor[i * size + j] = root === 0 ? 0 : rest / root;
    }
    const whole = dot(products[i], products[i]) / rows;
    let variance = whole;
    let mean = (shrunk[i] * products[i].reduce((sum, value) => sum + value, 0)) / rows;
    for (let k = 0; k < i; k++) {
      variance -= factor[i * size + k] ** 2;
      mean -= factor[i * size + k] * whitened[k];
    }
    if (!(variance > NEGLIGIBLE * whole)) continue;
    factor[i * size + i] = Math.sqrt(variance);
    whitened[i] = mean / factor[i * size + i];
    degrees++;
    statistic += rows * whitened[i] ** 2;
  }
  return degrees === 0 ? 1 : chiSquareTail(statistic, degrees);
}
