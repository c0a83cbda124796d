// Shrinks a read-out. Features that were trained on the subjects of the read-out are too optimistic, most of all in the
// directions with the smallest variance.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { leastSquares } from '../linear/index.js';
import type { ReadOut, TwoSplits } from './two-splits.js';

/** Minimum R² of features that are an affine map of those of a linear method. */
const SAME = 0.999;
/** A direction whose variance of predictions is below this share of the largest one is ignored. */
const NEGLIGIBLE = 1e-12;
/** Features of a linear method for the training subjects, and its weights for the columns. */
export interface LinearFeatures {
  /** Subjects × features, centred. */
  readonly features: Matrix;
  /** Features × columns. */
  readonly weights: Matrix;
}

/** Subjects who did not train the features. */
export interface ValidationSubjects {
  /** Subjects × features, minus the training means. */
  readonly features: Matrix;
  /** Columns with these subjects as held-out subjects. */
  readonly columns: TwoSplits;
}

/**
 * Returns the shrunk weights of a read-out by least squares. If a linear method has the same features up to an affine
 * map, its read-out is used, whose shrinkage was chosen by cross-validation. Otherwise validation subjects determine a
 * factor for each principal direction of the predictions.
 * @param validation validation subjects; without them, nothing is shrunk
 */
export function trustedWeights(
  readOut: ReadOut,
  linear: readonly LinearFeatures[],
  validation: ValidationSubjects | undefined,
): Matrix {
  for (const method of linear) {
    const map = leastSquares(readOut.features.train, method.features);
    const rest = Matrix.sub(method.features, readOut.features.train.mmul(map));
    if (sumOfSquares(rest) <= (1 - SAME) * sumOfSquares(method.features)) return map.mmul(method.weights);
  }
  return validation ? shrunk(readOut, validation) : readOut.weights;
}

function shrunk({ features, weights }: ReadOut, validation: ValidationSubjects): Matrix {
  const result = Matrix.zeros(weights.rows, weights.columns);
  const actual = validation.columns.centred('heldOut');
  const { observed } = validation.columns.heldOut;
  for (const direction of principalDirections(features.train, weights)) {
    const along = weights.mmul(direction).mmul(direction.transpose());
    result.add(along.mul(factorOf(validation.features.mmul(along), actual, observed)));
  }
  return result;
}

/** Returns the orthonormal directions, columns × 1, along which predictions of the columns vary. */
function principalDirections(features: Matrix, weights: Matrix): Matrix[] {
  // Predictions N W have the products AᵀA with A = S W, where S S = NᵀN; A has few rows.
  const root = symmetricRoot(features.transpose().mmul(features)).mmul(weights);
  const { realEigenvalues, eigenvectorMatrix } = eigen(root.mmul(root.transpose()));
  const minEigenvalue = NEGLIGIBLE * Math.max(...realEigenvalues);
  return realEigenvalues.flatMap((value, i) =>
    value > minEigenvalue ? root.transpose().mmul(eigenvectorMatrix.getColumnVector(i)).div(Math.sqrt(value)) : [],
  );
}

/** Returns S with S S = M, for a symmetric matrix without negative eigenvalues. */
function symmetricRoot(matrix: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix: vectors } = eigen(matrix);
  const roots = realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
  return vectors.clone().mulRowVector(roots).mmul(vectors.transpose());
}

function eigen(symmetric: Matrix): EigenvalueDecomposition {
  return new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
}

/** Returns the factor in [0, 1] of the predictions that minimises the error for observed held-out values. */
function factorOf(predicted: Matrix, actual: Matrix, observed: TwoSplits['heldOut']['observed']): number {
  let [product, square] = [0, 0];
  for (let i = 0; i < predicted.rows; i++) {
    for (let j = 0; j < predicted.columns; j++) {
      if (observed?.[i * predicted.columns + j] === 0) continue;
      product += predicted.get(i, j) * actual.get(i, j);
      square += predicted.get(i, j) ** 2;
    }
  }
  return square > 0 ? Math.min(1, Math.max(0, product / square)) : 1;
}

function sumOfSquares(matrix: Matrix): number {
  return Matrix.mul(matrix, matrix).sum();
}
