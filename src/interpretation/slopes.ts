// Regressions of columns on latents, with standard errors that are robust to unequal variances.

import { inverse, Matrix } from 'ml-matrix';
import type { Table } from '../quality/index.js';

/** Ridge relative to the trace, because latents may be collinear. */
const RIDGE = 1e-10;

export interface Slopes {
  /** A slope per regressor. */
  readonly estimate: Float64Array;
  /** Their covariance, regressors × regressors. */
  readonly covariance: Matrix;
  /** Degrees of freedom: subjects minus coefficients. */
  readonly degrees: number;
}

/**
 * Regresses each column on all regressors and a constant, by least squares. The covariance is the sandwich estimate of
 * White (1980) with the factor n / (n − coefficients) of MacKinnon and White (1985).
 * @param regressors a value per subject, without missing ones
 * @returns by column; undefined if too few subjects have a value
 */
export function slopesOf(regressors: readonly Float64Array[], { samples, observed }: Table): (Slopes | undefined)[] {
  const { rows, columns, values } = samples;
  const design = [new Float64Array(rows).fill(1), ...regressors];
  const size = design.length;
  const squares = new Float64Array(rows);
  let complete: readonly Float64Array[] | undefined;
  return Array.from({ length: columns }, (_, column) => {
    const known = knownRows(rows, (row) => observed?.[row * columns + column] !== 0);
    const degrees = known.length - size;
    if (degrees < 1) return undefined;
    const influences = complete ?? influencesOf(design, known);
    if (!observed) complete = influences;
    const coefficients = influences.map((influence) => {
      let sum = 0;
      for (const row of known) sum += influence[row] * values[row * columns + column];
      return sum;
    });
    for (const row of known) {
      let rest = values[row * columns + column];
      for (let i = 0; i < size; i++) rest -= coefficients[i] * design[i][row];
      squares[row] = rest ** 2;
    }
    const covariance = Matrix.zeros(size - 1, size - 1);
    for (let k = 1; k < size; k++) {
      for (let l = 1; l <= k; l++) {
        const [left, right] = [influences[k], influences[l]];
        let sum = 0;
        for (const row of known) sum += left[row] * right[row] * squares[row];
        covariance.set(k - 1, l - 1, (sum * known.length) / degrees);
        covariance.set(l - 1, k - 1, (sum * known.length) / degrees);
      }
    }
    return { estimate: Float64Array.from(coefficients.slice(1)), covariance, degrees };
  });
}

function knownRows(rows: number, isKnown: (row: number) => boolean): Int32Array {
  const known = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (isKnown(row)) known[count++] = row;
  return known.subarray(0, count);
}

/** Returns (XᵀX)⁻¹ Xᵀ: the weight of each row in each coefficient. */
function influencesOf(design: readonly Float64Array[], rows: Int32Array): Float64Array[] {
  const gram = new Matrix(
    design.map((left) =>
      design.map((right) => {
        let sum = 0;
        for (const row of rows) sum += left[row] * right[row];
        return sum;
      }),
    ),
  );
  const bread = inverse(gram.add(Matrix.eye(design.length).mul(RIDGE * gram.trace())));
  return design.map((first, i) => {
    const influence = new Float64Array(first.length);
    for (const [j, feature] of design.entries()) {
      const weight = bread.get(i, j);
      for (const row of rows) influence[row] += weight * feature[row];
    }
    return influence;
  });
}
