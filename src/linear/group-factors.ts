// Bayesian group factor analysis by mean-field variational inference: x = W z + noise, with a noise variance for each
// column and, for each view and factor, automatic relevance determination (Virtanen et al. 2012; with Gaussian views
// what MOFA does without its spike and slab, Argelaguet et al. 2018). Rows enter through their moments alone.

import { CholeskyDecomposition, Matrix } from 'ml-matrix';

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
  const sizes = Array.from({ length: Math.max(...views) + 1 }, (_, v) => views.filter((view) => view === v).length);
  const own = products.diagonal();
  let loadings = start.clone();
  /** Per column, E[w wᵀ]. */
  let squares = Array.from({ length: columns }, (_, d) => outer(loadings.getRow(d)));
  let precisions = own.map((sum) => rows / Math.max(sum, Number.MIN_VALUE));
  let relevance = Matrix.ones(sizes.length, count);
  const bounds: number[] = [];
  for (let step = 0; step < iterations; step++) {
    const { weights, covariance, logDeterminant } = scoresOf(loadings, squares, precisions);
    const cross = products.mmul(weights);
    /** E[Σ z zᵀ]. */
    const gram = symmetric(weights.transpose().mmul(cross)).add(Matrix.mul(covariance, rows));
    let logDeterminants = (rows * logDeterminant) / 2;
    const next = Matrix.zeros(columns, count);
    squares = views.map((view, d) => {
      const precision = Matrix.mul(gram, precisions[d]);
      for (let k = 0; k < count; k++) precision.set(k, k, precision.get(k, k) + relevance.get(view, k));
      const { inverse: spread, logDeterminant: own } = inverted(precision);
      logDeterminants += own / 2;
      const mean = spread.mmul(Matrix.columnVector(cross.getRow(d))).mul(precisions[d]);
      next.setRow(d, mean.to1DArray());
      return outer(mean.to1DArray()).add(spread);
    });
    loadings = next;
    const noiseRates = own.map((sum, d) => {
      const fitted = loadings.getRow(d).reduce((all, w, k) => all + w * cross.get(d, k), 0);
      return PRIOR + (sum - 2 * fitted + Matrix.mul(squares[d], gram).sum()) / 2;
    });
    const shape = PRIOR + rows / 2;
    precisions = noiseRates.map((rate) => shape / rate);
    const rates = Matrix.zeros(sizes.length, count).add(PRIOR);
    views.forEach((view, d) => {
      for (let k = 0; k < count; k++) rates.set(view, k, rates.get(view, k) + squares[d].get(k, k) / 2);
    });
    relevance = Matrix.zeros(sizes.length, count);
    let relevant = 0;
    sizes.forEach((size, v) => {
      for (let k = 0; k < count; k++) {
        relevance.set(v, k, (PRIOR + size / 2) / rates.get(v, k));
        relevant += (PRIOR + size / 2) * Math.log(rates.get(v, k));
      }
    });
    // Precisions were updated last, so their terms of the bound are the logarithms of their rates.
    const noise = noiseRates.reduce((sum, rate) => sum + shape * Math.log(rate), 0);
    bounds.push(logDeterminants - gram.trace() / 2 - noise - relevant);
    if (step > 0 && bounds[step] - bounds[step - 1] < tolerance * Math.abs(bounds[step])) break;
  }
  const { weights } = scoresOf(loadings, squares, precisions);
  return { loadings, noiseVariances: precisions.map((precision) => 1 / precision), weights, bounds };
}

/** Posterior of a row's factors: weights of its columns, and the covariance, which all rows share. */
function scoresOf(loadings: Matrix, squares: readonly Matrix[], precisions: readonly number[]) {
  const precision = Matrix.eye(loadings.columns);
  squares.forEach((square, d) => precision.add(Matrix.mul(square, precisions[d])));
  const { inverse: covariance, logDeterminant } = inverted(precision);
  const weights = loadings
    .clone()
    .mulColumnVector([...precisions])
    .mmul(covariance);
  return { weights, covariance, logDeterminant };
}

function outer(values: readonly number[]): Matrix {
  const column = Matrix.columnVector([...values]);
  return column.mmul(column.transpose());
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
