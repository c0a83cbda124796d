// Residuals of one factor after the regression on the columns of another one, in double precision.

import { inverseCholesky } from './cholesky.js';
import { crossProduct, type KernelFactor } from './kernel-factor.js';
import { TILE } from './tiles.js';

/**
 * Returns a function from a factor X to its residuals after ridge regression on P: X − P (Pᵀ P + ridge · I)⁻¹ Pᵀ X.
 * @param predictors P
 */
export function regression(predictors: KernelFactor, ridge: number): (factor: KernelFactor) => KernelFactor {
  const { rank, rows } = predictors;
  const size = Math.ceil(rank / TILE[0]) * TILE[0];
  const gram = crossProduct(predictors, predictors);
  const filled = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    if (i < rank) filled.set(gram.subarray(i * rank, (i + 1) * rank), i * size);
    filled[i * size + i] += i < rank ? ridge : 1;
  }
  const inverse = inverseCholesky(filled, size);
  return (factor) => {
    const products = crossProduct(factor, predictors);
    const columns = factor.columns.slice();
    for (let i = 0; i < factor.rank; i++) {
      const whitened = new Float64Array(rank);
      const weights = new Float64Array(rank);
      for (let k = 0; k < rank; k++) {
        for (let j = 0; j <= k; j++) whitened[k] += inverse[k * size + j] * products[i * rank + j];
        for (let j = 0; j <= k; j++) weights[j] += inverse[k * size + j] * whitened[k];
      }
      const column = columns.subarray(i * rows, (i + 1) * rows);
      for (let j = 0, at = 0; j < rank; j++) {
        const weight = weights[j];
        for (let row = 0; row < rows; row++) column[row] -= weight * predictors.columns[at++];
      }
    }
    return { ...factor, columns };
  };
}
