// Bartlett's test of the canonical correlations between two groups of columns, and corrections of p-values for their
// number. Latents of held-out subjects are tested in src/evidence (docs/explanation/evidence-statistics.md).

import { CholeskyDecomposition, inverse, Matrix, SVD } from 'ml-matrix';
import { chiSquareTail } from '../causal/index.js';
import { normalQuantile } from '../graph/special.js';
import { averageRanks } from '../metrics/index.js';

/** Largest canonical correlation that a logarithm is taken of: copies of a latent correlate by 1. */
const MAX_CORRELATION = 1 - 1e-9;
/** Ridge of a covariance, relative to its diagonal: latents of a modality may be copies of each other. */
const RIDGE = 1e-12;

export interface CanonicalTest {
  /** The largest first, min(columns of a, columns of b) of them. */
  readonly correlations: readonly number[];
  /** Of the hypothesis that all correlations are 0 (Bartlett 1941). */
  readonly p: number;
}

/** Scores by twice the rank, for columns of one length: a quantile takes its time. Of long ones they would fill memory. */
let known = new Float64Array(0);
const MAX_KNOWN = 2 ** 20;

/** Normal scores of a column: the standard normal quantiles of (rank − ½) / n. */
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
 * Bartlett's test on the normal scores of two groups of columns of the same rows. A column that does not vary is left
 * out; without another p is 1.
 * @param rows more than the columns of both and 2
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

/** Canonical correlations of columns, the largest first. */
function canonicalCorrelations(a: readonly Float64Array[], b: readonly Float64Array[]): number[] {
  const cross = whitening(a).mmul(covariances(a, b)).mmul(whitening(b).transpose());
  const { diagonal } = new SVD(cross, { autoTranspose: true });
  return diagonal.slice(0, Math.min(a.length, b.length)).map((rho) => Math.min(rho, MAX_CORRELATION));
}

/** L⁻¹ of the columns' covariance L Lᵀ: what makes them uncorrelated. */
function whitening(columns: readonly Float64Array[]): Matrix {
  const gram = covariances(columns, columns);
  for (let j = 0; j < columns.length; j++) gram.set(j, j, gram.get(j, j) * (1 + RIDGE) + Number.MIN_VALUE);
  return inverse(new CholeskyDecomposition(gram).lowerTriangularMatrix);
}

/** Times the number of rows. No table of all rows is made: there may be 10⁷. */
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

/** Holm's step-down correction: p-values under which at most a share α of studies has any false one (Holm 1979). */
export function holm(ps: readonly number[]): number[] {
  const order = [...ps.keys()].sort((i, j) => ps[i] - ps[j]);
  const corrected = new Array<number>(ps.length).fill(1);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * ps[index]));
    corrected[index] = largest;
  });
  return corrected;
}
