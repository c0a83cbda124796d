// Linear predictions of low rank: x W are the scores, and x W A is the prediction of y.

import { Matrix } from 'ml-matrix';
import type { TwoSides } from './moments.js';
import { Factor } from '../metrics/triangular.js';

export interface Prediction {
  /** W, components of x × scores. */
  readonly weights: Matrix;
  /** A, scores × components of y. */
  readonly readOut: Matrix;
}

/** Ridge as a share of the variance of the scores, which prevents a division by zero for collinear scores. */
const RIDGE = 1e-10;

/** Returns the weights with their least-squares read-out. */
export function withReadOut(weights: Matrix, { xx, xy }: Pick<TwoSides, 'xx' | 'xy'>): Prediction {
  const transposed = weights.transpose();
  const inner = transposed.mmul(xx.mmul(weights));
  return { weights, readOut: new Factor(inner, RIDGE * inner.trace()).solve(transposed.mmul(xy)) };
}

/** Returns Σ ‖y − x W A‖² over the subjects of the moments. */
export function residual({ weights, readOut }: Prediction, { xx, xy, yy }: TwoSides): number {
  const transposed = weights.transpose();
  const inner = transposed.mmul(xx.mmul(weights));
  const fitted = Matrix.mul(readOut, transposed.mmul(xy)).sum();
  return yy.trace() - 2 * fitted + Matrix.mul(readOut, inner.mmul(readOut)).sum();
}

/** Returns A that minimises ‖Y − X A‖². @param x rows × predictors @param y rows × columns, both centred */
export function leastSquares(x: Matrix, y: Matrix): Matrix {
  const transposed = x.transpose();
  return withReadOut(Matrix.eye(x.columns), { xx: transposed.mmul(x), xy: transposed.mmul(y) }).readOut;
}
