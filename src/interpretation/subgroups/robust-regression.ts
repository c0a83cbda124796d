// Least squares with standard errors that stay valid if the spread of the residuals varies: the sandwich HC3 of
// MacKinnon and White (1985), which Long and Ervin (2000) advise for fewer than 250 subjects.

import { inverse, Matrix } from 'ml-matrix';
import { determinedColumns } from '../../evidence/causes/clustered-regression.js';

/** Leverage above which a row determines a coefficient alone. */
const MAX_LEVERAGE = 1 - 1e-9;

/** The columns of a regression, ready for several outcomes with values in the same rows. */
export interface Design {
  /** Positions of the columns that are not combinations of earlier ones. */
  readonly positions: readonly number[];
  /** Weight of each row in each coefficient. */
  readonly influences: readonly Float64Array[];
  readonly columns: readonly Float64Array[];
  readonly leverages: Float64Array;
  readonly rows: number;
}

export interface Regression {
  readonly coefficients: Float64Array;
  /** Covariance of some coefficients. */
  readonly covariance: (chosen: readonly number[]) => Matrix;
  readonly degrees: number;
}

/** Returns a design; its coefficients are those of `positions`. @param all columns; the first is the constant */
export function designOf(all: readonly Float64Array[]): Design {
  const positions = determinedColumns(all);
  const columns = positions.map((position) => all[position]);
  const rows = all[0].length;
  const gram = new Matrix(columns.map((left) => columns.map((right) => dot(left, right))));
  const bread = inverse(gram);
  const influences = columns.map((_, j) => {
    const influence = new Float64Array(rows);
    for (const [k, column] of columns.entries()) {
      const weight = bread.get(j, k);
      for (let row = 0; row < rows; row++) influence[row] += weight * column[row];
    }
    return influence;
  });
  const leverages = new Float64Array(rows);
  for (const [k, column] of columns.entries()) {
    for (let row = 0; row < rows; row++) leverages[row] += influences[k][row] * column[row];
  }
  return { positions, influences, columns, leverages, rows };
}

/** Regresses an outcome on the columns of a design. */
export function regress({ influences, columns, leverages, rows }: Design, outcome: Float64Array): Regression {
  const coefficients = Float64Array.from(influences, (influence) => dot(influence, outcome));
  const squares = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let rest = outcome[row];
    for (const [k, column] of columns.entries()) rest -= coefficients[k] * column[row];
    squares[row] = leverages[row] > MAX_LEVERAGE ? 0 : (rest / (1 - leverages[row])) ** 2;
  }
  const covariance = (chosen: readonly number[]) =>
    new Matrix(
      chosen.map((j) =>
        chosen.map((k) => {
          let sum = 0;
          for (let row = 0; row < rows; row++) sum += influences[j][row] * influences[k][row] * squares[row];
          return sum;
        }),
      ),
    );
  return { coefficients, covariance, degrees: rows - columns.length };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
