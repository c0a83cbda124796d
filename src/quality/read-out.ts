// How far a read-out can be trusted. Numbers that were trained on the subjects of the read-out promise too much, most
// of all in the directions that vary least.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { leastSquares } from '../linear/index.js';
import type { ReadOut, TwoSplits } from './two-splits.js';

/** R² from which on numbers are those of a linear method, turned and scaled. */
const SAME = 0.999;
/** Share of the largest variance of predictions below which a direction has none. */
const NEGLIGIBLE = 1e-12;

/** What a linear method makes of the training subjects, and what it says of the columns by that. */
export interface LinearNumbers {
  /** Subjects × numbers, centred. */
  readonly numbers: Matrix;
  /** Numbers × columns. */
  readonly weights: Matrix;
}

/** Subjects who did not train the numbers. */
export interface ValidationSubjects {
  /** Subjects × numbers, less the training means. */
  readonly numbers: Matrix;
  /** Whose held-out part they are. */
  readonly columns: TwoSplits;
}

/**
 * Returns the weights of a read-out by least squares, shrunk. If a linear method has the same numbers but for an affine
 * map, its own read-out is taken: cross-validation has chosen how far that is shrunk. Otherwise validation subjects
 * choose a factor for each principal direction of the predictions.
 * @param validation left out: nothing is shrunk
 */
export function trustedWeights(
  readOut: ReadOut,
  linear: readonly LinearNumbers[],
  validation: ValidationSubjects | undefined,
): Matrix {
  for (const method of linear) {
    const map = leastSquares(readOut.numbers.train, method.numbers);
    const rest = Matrix.sub(method.numbers, readOut.numbers.train.mmul(map));
    if (sumOfSquares(rest) <= (1 - SAME) * sumOfSquares(method.numbers)) return map.mmul(method.weights);
  }
  return validation ? shrunk(readOut, validation) : readOut.weights;
}

function shrunk({ numbers, weights }: ReadOut, validation: ValidationSubjects): Matrix {
  const result = Matrix.zeros(weights.rows, weights.columns);
  const actual = validation.columns.centred('heldOut');
  const { observed } = validation.columns.heldOut;
  for (const direction of principalDirections(numbers.train, weights)) {
    const along = weights.mmul(direction).mmul(direction.transpose());
    result.add(along.mul(factorOf(validation.numbers.mmul(along), actual, observed)));
  }
  return result;
}

/** Returns orthonormal directions, columns × 1, that predictions of the columns vary along. */
function principalDirections(numbers: Matrix, weights: Matrix): Matrix[] {
  // Predictions N W have the products AᵀA with A = S W, where S S = NᵀN; A has few rows.
  const root = symmetricRoot(numbers.transpose().mmul(numbers)).mmul(weights);
  const { realEigenvalues, eigenvectorMatrix } = eigen(root.mmul(root.transpose()));
  const least = NEGLIGIBLE * Math.max(...realEigenvalues);
  return realEigenvalues.flatMap((value, i) =>
    value > least ? root.transpose().mmul(eigenvectorMatrix.getColumnVector(i)).div(Math.sqrt(value)) : [],
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

/** Returns the factor in 0 … 1 by which predictions come nearest to the observed values of the held-out part. */
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
