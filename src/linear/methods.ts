// The linear methods that a fit is measured against. Each finds k numbers of x and their read-out of y, from moments of
// principal components (rotations of the columns, which change none of them).

import { Matrix } from 'ml-matrix';
import { leadingTriplets } from './leading.js';
import type { TwoSides } from './moments.js';
import { withReadOut, type Prediction } from './prediction.js';
import { Factor } from '../metrics/triangular.js';

/** The first k principal components. @param sides x ordered by variance */
export function principalComponentRegression(sides: TwoSides, k: number): Prediction {
  return withReadOut(Matrix.eye(sides.xx.rows, Math.min(k, sides.xx.rows)), sides);
}

/** Partial least squares with several y (Dayal and MacGregor 1997, the second modified kernel algorithm). */
export function partialLeastSquares({ xx, xy }: TwoSides, k: number): Prediction {
  const weights: Matrix[] = [];
  const loadings: Matrix[] = [];
  let left = xy;
  for (let step = 0; step < Math.min(k, xx.rows); step++) {
    const { left: vectors, values } = leadingTriplets(left, 1);
    if (values.length === 0) break;
    let r = vectors;
    loadings.forEach((p, j) => {
      r = Matrix.sub(r, Matrix.mul(weights[j], vectors.dot(p)));
    });
    const p = xx.mmul(r);
    const size = r.dot(p);
    // Nothing of x is left.
    if (!(size > 0)) break;
    weights.push(r);
    loadings.push(p.div(size));
    left = Matrix.sub(left, loadings[step].mmul(r.transpose().mmul(left)));
  }
  return withReadOut(beside(weights, xx.rows), { xx, xy });
}

export interface CanonicalSetting {
  /** q, principal components of each side that it sees. */
  readonly components: number;
  /** s in 0 … 1: covariances are (1 − s) S + s · mean variance · I. */
  readonly shrinkage: number;
}

/** Canonical correlation with shrunk covariances: the first k variates of x. @param sides both ordered by variance */
export function canonicalCorrelation(
  sides: TwoSides,
  k: number,
  { components, shrinkage }: CanonicalSetting,
): Prediction {
  const { xx, xy, yy } = sides;
  const x = shrunk(leadingPart(xx, components), shrinkage);
  const y = shrunk(leadingPart(yy, components), shrinkage);
  const whitened = y.forward(x.forward(leadingPart(xy, components)).transpose()).transpose();
  const { left } = leadingTriplets(whitened, k);
  const weights = Matrix.zeros(xx.rows, left.columns);
  weights.setSubMatrix(x.backward(left), 0, 0);
  return withReadOut(weights, sides);
}

export interface ReducedRankSetting {
  /** Added to every variance of x; relative to the largest. */
  readonly ridge: number;
}

/** Ridge regression of rank k (Izenman 1975; Mukherjee and Zhu 2011): the best in k numbers by squared error. */
export function reducedRankRegression({ xx, xy }: TwoSides, k: number, { ridge }: ReducedRankSetting): Prediction {
  const largest = Math.max(...xx.diagonal());
  const x = new Factor(xx, ridge * largest);
  const { left, values, right } = leadingTriplets(x.forward(xy), k);
  return { weights: x.backward(left).mulRowVector([...values]), readOut: right.transpose() };
}

function shrunk(products: Matrix, shrinkage: number): Factor {
  return new Factor(Matrix.mul(products, 1 - shrinkage), (shrinkage * products.trace()) / products.rows);
}

function leadingPart(matrix: Matrix, size: number): Matrix {
  return matrix.subMatrix(0, Math.min(size, matrix.rows) - 1, 0, Math.min(size, matrix.columns) - 1);
}

function beside(columns: readonly Matrix[], rows: number): Matrix {
  const all = Matrix.zeros(rows, columns.length);
  columns.forEach((values, j) => {
    all.setSubMatrix(values, 0, j);
  });
  return all;
}
