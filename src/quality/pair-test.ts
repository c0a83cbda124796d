// Bartlett's test of the canonical correlations between two groups of columns, and corrections of p-values for their
// number. Latents of held-out subjects are tested in src/evidence (docs/explanation/evidence-statistics.md).

import { CholeskyDecomposition, inverse, Matrix, SVD } from 'ml-matrix';
import { chiSquareTail } from '../causal/index.js';
import { normalQuantile } from '../graph/special.js';
import { averageRanks } from '../metrics/index.js';

/** Maximum canonical correlation in a logarithm: copies of a latent have a correlation of 1. */
const MAX_CORRELATION = 1 - 1e-9;
/** Ridge of a covariance relative to its diagonal: latents of a modality may be copies of each other. */
const RIDGE = 1e-12;

export interface CanonicalTest {
  /** Canonical correlations in descending order, min(columns of a, columns of b) of them. */
  readonly correlations: readonly number[];
  /** p of the hypothesis that all correlations are 0 (Bartlett 1941). */
  readonly p: number;
}

/** Cache of scores by twice the rank, for columns of one length. Scores of very long columns are not cached. */
let known = new Float64Array(0);
const MAX_KNOWN = 2 ** 20;

/** Returns the normal scores of a column: the standard normal quantiles of (rank − ½) / n. */
export function normalScores(values: Float64Array): Float64Array {
  const count = values.length;
  const score = (rank: number): number => normalQuantile((rank - 0.5) / count);
  const ranks = averageRanks(values);
  if (count > MAX_KNOWN) return ranks.map(score);
  if (known.length !== 2 * count + 1) known = new Float64Array(2 * count + 1).fill(NaN);
  const scores = known;
  return ranks.map((rank) => {
    if (Number.isNaN(scores[2 * rank])) scores[2 * rank] = score(rank);
    return scores[2 * rank];
  });
}

/**
 * Returns Bartlett's test on the normal scores of two groups of columns of the same rows. Constant columns are ignored;
 * p is 1 if no column remains.
 * @param rows number of rows, more than the number of columns of both groups plus 2
 */
export function canonicalTest(a: readonly Float64Array[], b: readonly Float64Array[], rows: number): CanonicalTest {
  const [first, second] = [a, b].map((columns) =>
    columns.filter((values) => values.some((value) => value !== values[0])).map(normalScores),
  );
  if (first.length === 0 || second.length === 0) return { correlations: [], p: 1 };
  const correlations = canonicalCorrelations(first, second);
  const factor = rows - 1 - (first.length + second.length + 1) / 2;
  const statistic = -factor * correlations.reduce((sum, rho) => sum + Math.log1p(-(rho ** 2)), 0);
  return { correlations, p: chiSquareTail(statistic, first.length * second.length) };
}

/** Returns the canonical correlations of columns in descending order. */
function canonicalCorrelations(a: readonly Float64Array[], b: readonly Float64Array[]): number[] {
  const cross = whitening(a).mmul(covariances(a, b)).mmul(whitening(b).transpose());
  const { diagonal } = new SVD(cross, { autoTranspose: true });
  return diagonal.slice(0, Math.min(a.length, b.length)).map((rho) => Math.min(rho, MAX_CORRELATION));
}

/** Returns L⁻¹ of the covariance L Lᵀ of the columns, which makes them uncorrelated. */
function whitening(columns: readonly Float64Array[]): Matrix {
  const gram = covariances(columns, columns);
  for (let j = 0; j < columns.length; j++) gram.set(j, j, gram.get(j, j) * (1 + RIDGE) + Number.MIN_VALUE);
  return inverse(new CholeskyDecomposition(gram).lowerTriangularMatrix);
}

/** Returns covariances times the number of rows, without a table of all rows, of which there may be 10⁷. */
function covariances(a: readonly Float64Array[], b: readonly Float64Array[]): Matrix {
  const means = [a, b].map((columns) => columns.map((column) => column.reduce((x, y) => x + y, 0) / column.length));
  const result = Matrix.zeros(a.length, b.length);
  for (const [i, u] of a.entries()) {
    for (const [j, v] of b.entries()) {
      let sum = 0;
      for (let k = 0; k < u.length; k++) sum += (u[k] - means[0][i]) * (v[k] - means[1][j]);
      result.set(i, j, sum);
    }
  }
  return result;
}

/** Returns p-values with Holm's step-down correction: at most a share α of studies has a false positive (Holm 1979). */
export function holm(ps: readonly number[]): number[] {
  const order = [...ps.keys()].sort((i, j) => ps[i] - ps[j]);
  const corrected = new Array<number>(ps.length).fill(1);
  let maxSoFar = 0;
  order.forEach((index, rank) => {
    maxSoFar = Math.max(maxSoFar, Math.min(1, (ps.length - rank) * ps[index]));
    corrected[index] = maxSoFar;
  });
  return corrected;
}

/**
 * Returns p-values with the step-up correction of Benjamini and Hochberg (1995): the expected share of false positives
 * is at most q among the results whose corrected p is at most q. NaN stays NaN and is no test.
 */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  const order = [...ps.keys()].filter((i) => !Number.isNaN(ps[i])).sort((i, j) => ps[j] - ps[i]);
  const corrected = ps.map(() => NaN);
  let minSoFar = 1;
  order.forEach((index, rank) => {
    minSoFar = Math.min(minSoFar, (order.length / (order.length - rank)) * ps[index]);
    corrected[index] = minSoFar;
  });
  return corrected;
}
