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
  let complete: Matrix | undefined;
  return Array.from({ length: columns }, (_, column) => {
    const isKnown = (row: number): boolean => observed?.[row * columns + column] !== 0;
    let known = 0;
    for (let row = 0; row < rows; row++) known += Number(isKnown(row));
    const degrees = known - design.length;
    if (degrees < 1) return undefined;
    const valueOf = (row: number): number => values[row * columns + column];
    const bread = complete ?? breadOf(design, rows, isKnown);
    if (!observed) complete = bread;
    const coefficients = bread.mmul(crossOf(design, rows, isKnown, valueOf)).to1DArray();
    const meat = meatOf(design, rows, (row) => {
      if (!isKnown(row)) return 0;
      return design.reduce((rest, feature, i) => rest - coefficients[i] * feature[row], valueOf(row));
    });
    const covariance = bread
      .mmul(meat)
      .mmul(bread)
      .mul(known / degrees);
    const last = design.length - 1;
    return {
      estimate: Float64Array.from(coefficients.slice(1)),
      covariance: covariance.subMatrix(1, last, 1, last),
      degrees,
    };
  });
}

/** Returns (XᵀX)⁻¹. */
function breadOf(design: readonly Float64Array[], rows: number, isKnown: (row: number) => boolean): Matrix {
  const gram = Matrix.zeros(design.length, design.length);
  for (let i = 0; i < design.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) if (isKnown(row)) sum += design[i][row] * design[j][row];
      gram.set(i, j, sum);
      gram.set(j, i, sum);
    }
  }
  return inverse(gram.add(Matrix.eye(design.length).mul(RIDGE * gram.trace())));
}

function crossOf(
  design: readonly Float64Array[],
  rows: number,
  isKnown: (row: number) => boolean,
  valueOf: (row: number) => number,
): Matrix {
  return Matrix.columnVector(
    design.map((feature) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) if (isKnown(row)) sum += feature[row] * valueOf(row);
      return sum;
    }),
  );
}

/** Returns Σ x xᵀ e² over the subjects. */
function meatOf(design: readonly Float64Array[], rows: number, residualOf: (row: number) => number): Matrix {
  const size = design.length;
  const meat = Matrix.zeros(size, size);
  for (let row = 0; row < rows; row++) {
    const square = residualOf(row) ** 2;
    for (let i = 0; i < size; i++) {
      const left = design[i][row] * square;
      for (let j = 0; j < size; j++) meat.set(i, j, meat.get(i, j) + left * design[j][row]);
    }
  }
  return meat;
}
