// Bayesian group factor analysis by mean-field variational inference: x = W z + noise, with a noise variance for each
// column and, for each view and factor, automatic relevance determination (Virtanen et al. 2012; with Gaussian views
// what MOFA does without its spike and slab, Argelaguet et al. 2018). Rows enter through their moments alone.

import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from 'ml-matrix';

export interface GroupFactors {
  /** Columns × factors: posterior means of the loadings. */
  readonly loadings: Matrix;
  /** Of each column. */
  readonly noiseVariances: readonly number[];
  /** Columns × factors: a centred row times these is the posterior mean of its factors. */
  readonly weights: Matrix;
  /** The evidence lower bound after each iteration, less terms that are the same for all starts. */
  readonly bounds: readonly number[];
}

export interface GroupFactorOptions {
  /** Rows that `products` sums over. */
  readonly rows: number;
  /** View of each column, from 0. */
  readonly views: readonly number[];
  /** Columns × factors: loadings of the first iteration. */
  readonly start: Matrix;
  /** 1,000 when left out. */
  readonly iterations?: number;
  /** Relative change of the bound when it stops; 1e-7 when left out. */
  readonly tolerance?: number;
}

/** Shape and rate of the gamma priors of precisions. */
const PRIOR = 1e-3;

/** @param products columns × columns: sums of products of centred columns */
export function groupFactors(
  products: Matrix,
  { rows, views, start, iterations = 1000, tolerance = 1e-7 }: GroupFactorOptions,
): GroupFactors {
  const columns = products.rows;
  const count = start.columns;
  const members = Array.from({ length: Math.max(...views) + 1 }, (_, v) =>
    views.flatMap((view, d) => (view === v ? [d] : [])),
  );
  const own = products.diagonal();
  let loadings = start.clone();
  let precisions = own.map((sum) => rows / Math.max(sum, Number.MIN_VALUE));
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
        const rate = PRIOR + (own[d] + terms.reduce((sum, term) => sum + term, 0)) / 2;
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
        const squares = means.getColumn(k).reduce((sum, w) => sum + w * w, 0) + variances[k];
        const rate = PRIOR + squares / 2;
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
 * Posterior of a row's factors: weights of its columns, and the covariance, which all rows share.
 * @param spread Σ over columns of precision times the covariance of the loadings
 */
function scoresOf(loadings: Matrix, precisions: readonly number[], spread: Matrix) {
  const scaled = loadings.clone().mulColumnVector([...precisions]);
  const precision = symmetric(loadings.transpose().mmul(scaled)).add(spread).add(Matrix.eye(loadings.columns));
  const { inverse: covariance, logDeterminant } = inverted(precision);
  return { weights: scaled.mmul(covariance), covariance, logDeterminant };
}

/**
 * B with Bᵀ A B = I and Bᵀ G B diagonal, for a diagonal A: in it the loadings of all columns of a view have diagonal
 * covariances.
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

/** The inverse of a positive definite matrix, and its logarithmic determinant. */
function inverted(matrix: Matrix): { readonly inverse: Matrix; readonly logDeterminant: number } {
  const factor = new CholeskyDecomposition(matrix);
  const logDeterminant = -2 * factor.lowerTriangularMatrix.diagonal().reduce((sum, value) => sum + Math.log(value), 0);
  return { inverse: symmetric(factor.solve(Matrix.eye(matrix.rows))), logDeterminant };
}

/** Without the rounding that makes the halves differ: the factorisation asks for equality. */
function symmetric(matrix: Matrix): Matrix {
  return Matrix.add(matrix, matrix.transpose()).div(2);
}
