// A linear prediction through a few numbers: x W are the numbers, x W A the prediction of y.

import { Matrix } from 'ml-matrix';
import type { TwoSides } from './moments.js';
import { Factor } from '../metrics/triangular.js';

export interface Prediction {
  /** W, x's components × numbers. */
  readonly weights: Matrix;
  /** A, numbers × y's components. */
  readonly readOut: Matrix;
}

/** Keeps numbers that repeat one another from dividing by zero; a share of their variance. */
const RIDGE = 1e-10;

/** The least-squares read-out of numbers that others have chosen. */
export function withReadOut(weights: Matrix, { xx, xy }: Pick<TwoSides, 'xx' | 'xy'>): Prediction {
  const transposed = weights.transpose();
  const inner = transposed.mmul(xx.mmul(weights));
  return { weights, readOut: new Factor(inner, RIDGE * inner.trace()).solve(transposed.mmul(xy)) };
}

/** Σ ‖y − x W A‖² over the subjects of the moments. */
export function residual({ weights, readOut }: Prediction, { xx, xy, yy }: TwoSides): number {
  const transposed = weights.transpose();
  const inner = transposed.mmul(xx.mmul(weights));
  const fitted = Matrix.mul(readOut, transposed.mmul(xy)).sum();
  return yy.trace() - 2 * fitted + Matrix.mul(readOut, inner.mmul(readOut)).sum();
}

/** A of the least ‖Y − X A‖². @param x rows × numbers @param y rows × columns, both centred */
export function leastSquares(x: Matrix, y: Matrix): Matrix {
  const transposed = x.transpose();
  return withReadOut(Matrix.eye(x.columns), { xx: transposed.mmul(x), xy: transposed.mmul(y) }).readOut;
}
