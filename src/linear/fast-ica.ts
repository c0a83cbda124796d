// Independent component analysis by the parallel fixed-point iteration (FastICA: Hyvärinen 1999) with G(s) = ln cosh s.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Samples } from '../metrics/index.js';
import { centredMatrix, columnMeans } from './components.js';

export interface Unmixing {
  /** Means of the columns. */
  readonly centre: readonly number[];
  /** Columns × components: centred rows times these are uncorrelated and have variance 1 in the fitted rows. */
  readonly weights: Matrix;
}

export interface FastIcaOptions {
  /** Components × components, of full rank; it is made orthogonal. The result depends on it where there are several optima. */
  readonly start: Matrix;
  /** 200 when left out. */
  readonly iterations?: number;
  /** Greatest change of a direction's cosine when it stops; 1e-6 when left out. */
  readonly tolerance?: number;
}

/** Mean of ln cosh of a standard normal. */
const OF_NORMAL = 0.374567207491438;
/** Directions of less variance than this share of the first one's are left out of whitening. */
const NEGLIGIBLE = 1e-9;

/** @param x rows × columns; as many components are found as `start` has rows, at most the columns that vary */
export function fastIca(x: Samples, { start, iterations = 200, tolerance = 1e-6 }: FastIcaOptions): Unmixing {
  const centre = columnMeans(x);
  const centred = centredMatrix(x, centre);
  const whitening = whiteningOf(centred, start.rows);
  const white = centred.mmul(whitening);
  const count = white.columns;
  let unmixing = orthogonal(start.subMatrix(0, count - 1, 0, count - 1));
  for (let step = 0; step < iterations; step++) {
    // Rows are directions in the whitened space.
    const slopes = white.mmul(unmixing.transpose()).apply(function tanh(this: Matrix, i, j) {
      this.set(i, j, Math.tanh(this.get(i, j)));
    });
    const curvature = slopes.sum('column').map((_, j) => {
      const own = slopes.getColumn(j);
      return own.reduce((sum, value) => sum + 1 - value * value, 0) / own.length;
    });
    const next = orthogonal(
      Matrix.sub(slopes.transpose().mmul(white).div(white.rows), unmixing.clone().mulColumnVector(curvature)),
    );
    const change = Math.max(
      ...Array.from({ length: count }, (_, k) => {
        const cosine = next.getRow(k).reduce((sum, value, j) => sum + value * unmixing.get(k, j), 0);
        return Math.abs(Math.abs(cosine) - 1);
      }),
    );
    unmixing = next;
    if (change < tolerance) break;
  }
  return { centre, weights: whitening.mmul(unmixing.transpose()) };
}

export function unmix(x: Samples, { centre, weights }: Unmixing): Matrix {
  return centredMatrix(x, centre).mmul(weights);
}

/** How far components are from normal: Σ (mean of ln cosh − that of a normal)², which the iteration makes large. */
export function negentropy(components: Matrix): number {
  const terms = Array.from({ length: components.columns }, (_, k) => {
    const values = components.getColumn(k);
    const contrast = values.reduce((sum, value) => sum + Math.log(Math.cosh(value)), 0) / values.length;
    return (contrast - OF_NORMAL) ** 2;
  });
  return terms.reduce((a, b) => a + b, 0);
}

/** Columns × components. */
function whiteningOf(centred: Matrix, most: number): Matrix {
  const covariance = centred.transpose().mmul(centred).div(centred.rows);
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const used = order.slice(0, most).filter((i) => realEigenvalues[i] > NEGLIGIBLE * realEigenvalues[order[0]]);
  return eigenvectorMatrix.subMatrixColumn(used).divRowVector(used.map((i) => Math.sqrt(realEigenvalues[i])));
}

/** (W Wᵀ)^−½ W. */
function orthogonal(weights: Matrix): Matrix {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(weights.mmul(weights.transpose()), {
    assumeSymmetric: true,
  });
  return eigenvectorMatrix
    .clone()
    .mulRowVector(realEigenvalues.map((value) => 1 / Math.sqrt(Math.max(value, Number.MIN_VALUE))))
    .mmul(eigenvectorMatrix.transpose())
    .mmul(weights);
}
