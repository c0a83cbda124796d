// The largest eigenvalues of a symmetric matrix and the largest singular values of any, with their vectors.

import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import { crossProducts } from './products.js';
import { RandomStream } from '../random/random-stream.js';

export interface Eigenpairs {
  /** In descending order. */
  readonly values: readonly number[];
  /** Size × count, orthonormal columns. */
  readonly vectors: Matrix;
}

export interface SingularTriplets {
  readonly left: Matrix;
  readonly values: readonly number[];
  readonly right: Matrix;
}

/** Up to this size all eigenvalues are computed, because iteration would not be faster. */
const SMALL = 200;
/** Additional vectors of the subspace iteration, which improve convergence. */
const SPARE = 10;
const ITERATIONS = 6;

/**
 * Returns the largest pairs.
 * @param matrix symmetric, positive semi-definite; above {@link SMALL} the last pairs are approximate
 */
export function leadingEigenpairs(matrix: Matrix, count: number): Eigenpairs {
  const pairs = Math.min(count, matrix.rows);
  return matrix.rows <= SMALL || pairs + SPARE >= matrix.rows
    ? sortedEigenpairs(matrix, pairs)
    : iteratedEigenpairs(matrix, pairs);
}

/** Returns the largest triplets from the smaller of M Mᵀ and Mᵀ M. Omits triplets of singular value 0. */
export function leadingTriplets(matrix: Matrix, count: number): SingularTriplets {
  if (matrix.rows > matrix.columns) {
    const { left, values, right } = leadingTriplets(matrix.transpose(), count);
    return { left: right, values, right: left };
  }
  const { values: squares, vectors } = leadingEigenpairs(crossProducts(matrix.transpose()), count);
  const values = squares.filter((square) => square > squares[0] * 1e-14).map(Math.sqrt);
  if (values.length === 0) return { left: new Matrix(matrix.rows, 0), values, right: new Matrix(matrix.columns, 0) };
  const left = vectors.subMatrix(0, matrix.rows - 1, 0, values.length - 1);
  return {
    left,
    values,
    right: matrix
      .transpose()
      .mmul(left)
      .divRowVector([...values]),
  };
}

function sortedEigenpairs(matrix: Matrix, count: number): Eigenpairs {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const chosen = order.slice(0, count);
  return { values: chosen.map((i) => realEigenvalues[i]), vectors: eigenvectorMatrix.subMatrixColumn(chosen) };
}

/** Subspace iteration with a Rayleigh–Ritz step (Halko, Martinsson, Tropp 2011, algorithm 4.4). */
function iteratedEigenpairs(matrix: Matrix, count: number): Eigenpairs {
  const random = new RandomStream(0, 0);
  const width = count + SPARE;
  let basis = Matrix.zeros(matrix.rows, width);
  for (let i = 0; i < matrix.rows; i++) for (let j = 0; j < width; j++) basis.set(i, j, random.normal());
  for (let step = 0; step < ITERATIONS; step++) basis = new QrDecomposition(matrix.mmul(basis)).orthogonalMatrix;
  const { values, vectors } = sortedEigenpairs(basis.transpose().mmul(matrix.mmul(basis)), count);
  return { values, vectors: basis.mmul(vectors) };
}
