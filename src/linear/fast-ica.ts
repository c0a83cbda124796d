// Independent component analysis by the parallel fixed-point iteration (FastICA: Hyvärinen 1999) with G(s) = ln cosh s.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Samples } from '../metrics/index.js';
import { centredMatrix, columnMeans } from './components.js';

export interface Unmixing {
  /** Means of the columns. */
  readonly centre: readonly number[];
  /** Columns × components. Centred rows times these are uncorrelated with variance 1 in the fitted rows. */
  readonly weights: Matrix;
}

export interface FastIcaOptions {
  /** Components × components, of full rank. It is orthogonalised, and determines the optimum if there are several. */
  readonly start: Matrix;
  /** Maximum number of iterations. Default: 200. */
  readonly iterations?: number;
  /** Largest change of the cosine of a direction at which the iteration stops. Default: 1e-4. */
  readonly tolerance?: number;
}

/** Mean of ln cosh of a standard normal. */
const NORMAL_CONTRAST = 0.374567207491438;
/** Whitening omits directions with less variance than this share of the first. */
const NEGLIGIBLE = 1e-9;

/** Returns one component per row of `start`, at most the rank of `x`. @param x rows × columns */
export function fastIca(x: Samples, { start, iterations = 200, tolerance = 1e-4 }: FastIcaOptions): Unmixing {
  const centre = columnMeans(x);
  const centred = centredMatrix(x, centre);
  const whitening = whiteningOf(centred, start.rows);
  const count = whitening.columns;
  const white = Float64Array.from(centred.mmul(whitening).to1DArray());
  let unmixing = orthogonal(start.subMatrix(0, count - 1, 0, count - 1));
  for (let step = 0; step < iterations; step++) {
    const next = orthogonal(fixedPoint(white, unmixing));
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

/**
 * Returns the mean of z tanh(wᵀz) minus w times the mean derivative of tanh, for every row w of the unmixing.
 * @param white rows × components
 */
function fixedPoint(white: Float64Array, unmixing: Matrix): Matrix {
  const count = unmixing.rows;
  const rows = white.length / count;
  const weights = unmixing.to1DArray();
  const sums = new Float64Array(count * count);
  const slopes = new Float64Array(count);
  for (let start = 0; start < white.length; start += count) {
    for (let k = 0; k < count; k++) {
      let along = 0;
      for (let j = 0; j < count; j++) along += weights[k * count + j] * white[start + j];
      const squashed = Math.tanh(along);
      slopes[k] += 1 - squashed * squashed;
      for (let j = 0; j < count; j++) sums[k * count + j] += squashed * white[start + j];
    }
  }
  const next = sums.map((sum, at) => (sum - weights[at] * slopes[Math.floor(at / count)]) / rows);
  return Matrix.from1DArray(count, count, next);
}

export function unmix(x: Samples, { centre, weights }: Unmixing): Matrix {
  return centredMatrix(x, centre).mmul(weights);
}

/** Returns the distance from normality, which the iteration maximises: Σ (mean of ln cosh − that of a normal)². */
export function negentropy(components: Matrix): number {
  const terms = Array.from({ length: components.columns }, (_, k) => {
    const values = components.getColumn(k);
    const contrast = values.reduce((sum, value) => sum + Math.log(Math.cosh(value)), 0) / values.length;
    return (contrast - NORMAL_CONTRAST) ** 2;
  });
  return terms.reduce((a, b) => a + b, 0);
}

/** Returns whitening weights, columns × components. */
function whiteningOf(centred: Matrix, max: number): Matrix {
  const covariance = centred.transpose().mmul(centred).div(centred.rows);
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const used = order.slice(0, max).filter((i) => realEigenvalues[i] > NEGLIGIBLE * realEigenvalues[order[0]]);
  return eigenvectorMatrix.subMatrixColumn(used).divRowVector(used.map((i) => Math.sqrt(realEigenvalues[i])));
}

/** Returns (W Wᵀ)^−½ W. */
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
