// Bayesian group factor analysis by mean-field variational inference: x = W z + noise, with a noise variance for each
// column and, for each view and factor, automatic relevance determination (Virtanen et al. 2012). With
// Gaussian views this is MOFA without its spike and slab (Argelaguet et al. 2018). It uses rows only through their
// moments.

import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from 'ml-matrix';

export interface GroupFactors {
  /** Columns × factors: posterior means of the loadings. */
  readonly loadings: Matrix;
  /** Noise variance of each column. */
  readonly noiseVariances: readonly number[];
  /** Columns × factors. A centred row times these is the posterior mean of its factors. */
  readonly weights: Matrix;
  /** The evidence lower bound after each iteration, without terms that are equal for all starts. */
  readonly bounds: readonly number[];
}

export interface GroupFactorOptions {
  /** Number of rows in the sums of `products`. */
  readonly rows: number;
  /** View of each column, from 0. */
  readonly views: readonly number[];
  /** Columns × factors: loadings of the first iteration. */
  readonly start: Matrix;
  /** Maximum number of iterations. Default: 1,000. */
  readonly iterations?: number;
  /** Relative change of the bound at which the iteration stops. Default: 1e-7. */
  readonly tolerance?: number;
}

/** Shape and rate of the gamma priors of precisions. */
const PRIOR = 1e-3;

/** Fits the factors. @param products columns × columns: sums of products of centred columns */
export function groupFactors(
  products: Matrix,
  { rows, views, start, iterations = 1000, tolerance = 1e-7 }: GroupFactorOptions,
): GroupFactors {
  const columns = products.rows;
  const count = start.columns;
  const members = Array.from({ length: Math.max(...views) + 1 }, (_, v) =>
    views.flatMap((view, d) => (view === v ? [d] : [])),
  );
  const squares = products.diagonal();
  let loadings = start.clone();
  let precisions = squares.map((sum) => rows / Math.max(sum, Number.MIN_VALUE));
  let relevance = Matrix.ones(members.length, count);
  /** Σ over columns of precision times the posterior covariance of the loadings. */
  let spread = Matrix.zeros(count, count);
  const bounds: number[] = [];
  for (let step = 0; step < iterations; step++) {
    const { weights, covariance, logDeterminant } = scoresOf(loadings, precisions, spread);
    const cross = products.mmul(weights);
    /** E[Σ z zᵀ]. */
    const gram = symmetric(weights.transpose().mmul(cross)).add(Matrix.mul(covariance, rows));
    let bound = (rows * logDeterminant - gram.trace()) / 2;
    const next = Matrix.zeros(columns, count);
    const nextPrecisions = new Array<number>(columns);
    const nextRelevance = Matrix.zeros(members.length, count);
    spread = Matrix.zeros(count, count);
    const shape = PRIOR + rows / 2;
    members.forEach((ofView, v) => {
      const { basis, values, logDeterminant: ofBasis } = commonBasis(gram, relevance.getRow(v));
      const inBasis = cross.subMatrixRow(ofView).mmul(basis);
      const spreads = Matrix.zeros(ofView.length, count);
      ofView.forEach((d, i) => {
        const variances = values.map((value) => 1 / (precisions[d] * value + 1));
        spreads.setRow(i, variances);
        bound += ofBasis + variances.reduce((sum, variance) => sum + Math.log(variance), 0) / 2;
      });
      const means = Matrix.mul(inBasis, spreads)
        .mulColumnVector(ofView.map((d) => precisions[d]))
        .mmul(basis.transpose());
      const fitted = means.mmul(gram);
      ofView.forEach((d, i) => {
        next.setRow(d, means.getRow(i));
        const terms = means
          .getRow(i)
          .map((w, k) => w * (fitted.get(i, k) - 2 * cross.get(d, k)) + values[k] * spreads.get(i, k));
        const rate = PRIOR + (squares[d] + terms.reduce((sum, term) => sum + term, 0)) / 2;
        nextPrecisions[d] = shape / rate;
        bound -= shape * Math.log(rate);
      });
      const total = Matrix.diag(spreads.sum('column'));
      const scaled = Matrix.diag(
        spreads
          .clone()
          .mulColumnVector(ofView.map((d) => nextPrecisions[d]))
          .sum('column'),
      );
      spread.add(symmetric(basis.mmul(scaled).mmul(basis.transpose())));
      const variances = basis.mmul(total).mmul(basis.transpose()).diagonal();
      for (let k = 0; k < count; k++) {
        const power = means.getColumn(k).reduce((sum, w) => sum + w * w, 0) + variances[k];
        const rate = PRIOR + power / 2;
        nextRelevance.set(v, k, (PRIOR + ofView.length / 2) / rate);
        bound -= (PRIOR + ofView.length / 2) * Math.log(rate);
      }
    });
    // Precisions were updated last, so their terms of the bound are the logarithms of their rates.
    bounds.push(bound);
    [loadings, precisions, relevance] = [next, nextPrecisions, nextRelevance];
    if (step > 0 && bounds[step] - bounds[step - 1] < tolerance * Math.abs(bounds[step])) break;
  }
  const { weights } = scoresOf(loadings, precisions, spread);
  return { loadings, noiseVariances: precisions.map((precision) => 1 / precision), weights, bounds };
}

/**
 * Returns the posterior of the factors of a row: weights of its columns, and the covariance, which all rows share.
 * @param spread Σ over columns of precision times the covariance of the loadings
 */
function scoresOf(loadings: Matrix, precisions: readonly number[], spread: Matrix) {
  const scaled = loadings.clone().mulColumnVector([...precisions]);
  const precision = symmetric(loadings.transpose().mmul(scaled)).add(spread).add(Matrix.eye(loadings.columns));
  const { inverse: covariance, logDeterminant } = inverted(precision);
  return { weights: scaled.mmul(covariance), covariance, logDeterminant };
}

/**
 * Returns B with Bᵀ A B = I and Bᵀ G B diagonal, for a diagonal A. In this basis, the loadings of all columns of a view
 * have diagonal covariances.
 */
function commonBasis(gram: Matrix, relevance: readonly number[]) {
  const scale = relevance.map((value) => 1 / Math.sqrt(value));
  const scaled = symmetric(gram.clone().mulRowVector(scale).mulColumnVector(scale));
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(scaled, { assumeSymmetric: true });
  return {
    basis: eigenvectorMatrix.mulColumnVector(scale),
    values: realEigenvalues.map((value) => Math.max(0, value)),
    logDeterminant: scale.reduce((sum, value) => sum + Math.log(value), 0),
  };
}

/** Returns the inverse of a positive definite matrix and the logarithm of its determinant. */
function inverted(matrix: Matrix): { readonly inverse: Matrix; readonly logDeterminant: number } {
  const factor = new CholeskyDecomposition(matrix);
  const logDeterminant = -2 * factor.lowerTriangularMatrix.diagonal().reduce((sum, value) => sum + Math.log(value), 0);
  return { inverse: symmetric(factor.solve(Matrix.eye(matrix.rows))), logDeterminant };
}

/** Removes rounding differences between the two triangles: the factorisation needs exact symmetry. */
function symmetric(matrix: Matrix): Matrix {
  return Matrix.add(matrix, matrix.transpose()).div(2);
}
