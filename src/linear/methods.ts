// Linear methods for comparison with a fit. Each computes k scores of x and their prediction of y from moments of
// principal components. A rotation of the columns does not change these methods.

import { Matrix } from 'ml-matrix';
import { leadingTriplets } from './leading.js';
import type { TwoSides } from './moments.js';
import { withReadOut, type Prediction } from './prediction.js';
import { Factor } from '../metrics/triangular.js';

/** Uses the first k principal components. @param sides x ordered by variance */
export function principalComponentRegression(sides: TwoSides, k: number): Prediction {
  return withReadOut(Matrix.eye(sides.xx.rows, Math.min(k, sides.xx.rows)), sides);
}

/** Partial least squares with several responses (Dayal and MacGregor 1997, the second modified kernel algorithm). */
export function partialLeastSquares({ xx, xy }: TwoSides, k: number): Prediction {
  const weights: Matrix[] = [];
  const loadings: Matrix[] = [];
  let remaining = xy;
  for (let step = 0; step < Math.min(k, xx.rows); step++) {
    const { left: vectors, values } = leadingTriplets(remaining, 1);
    if (values.length === 0) break;
    let r = vectors;
    loadings.forEach((p, j) => {
      r = Matrix.sub(r, Matrix.mul(weights[j], vectors.dot(p)));
    });
    const p = xx.mmul(r);
    const size = r.dot(p);
    // No variance of x remains.
    if (!(size > 0)) break;
    weights.push(r);
    loadings.push(p.div(size));
    remaining = Matrix.sub(remaining, loadings[step].mmul(r.transpose().mmul(remaining)));
  }
  return withReadOut(matrixOf(weights, xx.rows), { xx, xy });
}

export interface CanonicalSetting {
  /** q, number of principal components of each side. */
  readonly components: number;
  /** s, 0 to 1: covariances are (1 − s) S + s · mean variance · I. */
  readonly shrinkage: number;
}

/** Canonical correlation with shrunk covariances: first k variates of x. @param sides both ordered by variance */
export function canonicalCorrelation(
  sides: TwoSides,
  k: number,
  { components, shrinkage }: CanonicalSetting,
): Prediction {
  const { xx, xy, yy } = sides;
  const x = shrunk(leadingBlock(xx, components), shrinkage);
  const y = shrunk(leadingBlock(yy, components), shrinkage);
  const whitened = y.forward(x.forward(leadingBlock(xy, components)).transpose()).transpose();
  const { left } = leadingTriplets(whitened, k);
  const weights = Matrix.zeros(xx.rows, left.columns);
  weights.setSubMatrix(x.backward(left), 0, 0);
  return withReadOut(weights, sides);
}

export interface ReducedRankSetting {
  /** Addition to every variance of x, relative to the largest variance. */
  readonly ridge: number;
}

/** Ridge regression of rank k (Izenman 1975; Mukherjee and Zhu 2011): minimum squared error with k scores. */
export function reducedRankRegression({ xx, xy }: TwoSides, k: number, { ridge }: ReducedRankSetting): Prediction {
  const largest = Math.max(...xx.diagonal());
  const x = new Factor(xx, ridge * largest);
  const { left, values, right } = leadingTriplets(x.forward(xy), k);
  return { weights: x.backward(left).mulRowVector([...values]), readOut: right.transpose() };
}

function shrunk(products: Matrix, shrinkage: number): Factor {
  return new Factor(Matrix.mul(products, 1 - shrinkage), (shrinkage * products.trace()) / products.rows);
}

function leadingBlock(matrix: Matrix, size: number): Matrix {
  return matrix.subMatrix(0, Math.min(size, matrix.rows) - 1, 0, Math.min(size, matrix.columns) - 1);
}

/** Returns the matrix with these columns. */
function matrixOf(columns: readonly Matrix[], rows: number): Matrix {
  const all = Matrix.zeros(rows, columns.length);
  columns.forEach((values, j) => {
    all.setSubMatrix(values, 0, j);
  });
  return all;
}
