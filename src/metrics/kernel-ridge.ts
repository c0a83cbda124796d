// Kernel ridge regression: min ‖y − Kc‖² + α cᵀKc, so (K + αI) c = y, with K = exp(−γ‖a − b‖²) + aᵀb. The linear part
// dominates where the Gaussian part vanishes, so that a few outlying subjects (Laplace noise) do not hide an exact
// relation. There is no intercept: standardise inputs and targets (Murphy, Machine Learning 2012, section 14.4.3).

import { Matrix } from 'ml-matrix';
import { NumericError } from '../errors/errors.js';
import { Factor } from './triangular.js';
import type { Samples } from './samples.js';

export interface KernelRidgeOptions {
  /** Ridge α > 0. */
  readonly alpha: number;
  /** Kernel width γ > 0. */
  readonly gamma: number;
}

/**
 * Fits targets (rows × outputs) on inputs (rows × features) and returns the predictor, which maps queries
 * (q × features) to predictions (q × outputs, row-major).
 * @throws NumericError `not-positive-definite` if α is too small for the kernel matrix.
 */
export function kernelRidge(
  inputs: Samples,
  targets: Samples,
  { alpha, gamma }: KernelRidgeOptions,
): (queries: Samples) => Float64Array {
  const kernel = new Matrix(inputs.rows, inputs.rows);
  for (let i = 0; i < inputs.rows; i++) {
    for (let j = 0; j <= i; j++) kernel.set(i, j, kernelOf(inputs, i, inputs, j, gamma));
  }
  const factor = new Factor(kernel, alpha);
  if (!factor.isPositiveDefinite) {
    throw new NumericError(
      'not-positive-definite',
      `[kernelRidge] the kernel matrix of ${inputs.rows} samples is not positive definite with alpha ` +
        `${alpha}; raise alpha`,
    );
  }
  const outputs = targets.columns;
  const weights = factor.solve(Matrix.from1DArray(targets.rows, outputs, targets.values)).to1DArray();
  return (queries) => {
    const predictions = new Float64Array(queries.rows * outputs);
    for (let q = 0; q < queries.rows; q++) {
      for (let i = 0; i < inputs.rows; i++) {
        const similarity = kernelOf(queries, q, inputs, i, gamma);
        for (let k = 0; k < outputs; k++) predictions[q * outputs + k] += similarity * weights[i * outputs + k];
      }
    }
    return predictions;
  };
}

function kernelOf(a: Samples, i: number, b: Samples, j: number, gamma: number): number {
  let square = 0;
  let product = 0;
  for (let k = 0; k < a.columns; k++) {
    const difference = a.values[i * a.columns + k] - b.values[j * b.columns + k];
    square += difference * difference;
    product += a.values[i * a.columns + k] * b.values[j * b.columns + k];
  }
  return Math.exp(-gamma * square) + product;
}
