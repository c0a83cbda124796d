// Principal components of a modality, on which all linear methods are computed. If there are more columns than
// subjects, they come from inner products of subjects, so the smaller side determines the cost.

import { Matrix } from 'ml-matrix';
import type { Samples } from '../metrics/index.js';
import { leadingEigenpairs } from './leading.js';
import { crossProducts, innerProducts } from './products.js';

export interface Components {
  /** Means of the columns. */
  readonly centre: readonly number[];
  /** Columns × components, orthonormal. */
  readonly loadings: Matrix;
  /** Subjects × components, uncorrelated, in descending order of variance. */
  readonly scores: Matrix;
}

/** Components with less variance than this share of the first are rounding errors. */
const NEGLIGIBLE = 1e-9;

/** Returns the first `max` components, or fewer if the rank is lower. */
export function principalComponents(x: Samples, max: number): Components {
  const centre = columnMeans(x);
  const centred = centredMatrix(x, centre);
  const isWide = x.columns > x.rows;
  const { values, vectors } = leadingEigenpairs(isWide ? innerProducts(centred) : crossProducts(centred), max);
  const count = values.filter((value) => value > NEGLIGIBLE * values[0]).length;
  const leading = vectors.subMatrixColumn([...Array(count).keys()]);
  const spans = values.slice(0, count).map(Math.sqrt);
  const loadings = isWide ? centred.transpose().mmul(leading).divRowVector(spans) : leading;
  return { centre, loadings, scores: isWide ? leading.mulRowVector(spans) : centred.mmul(leading) };
}

export function columnMeans({ values, rows, columns }: Samples): number[] {
  const sums = new Array<number>(columns).fill(0);
  for (let i = 0; i < values.length; i++) sums[i % columns] += values[i];
  return sums.map((sum) => sum / rows);
}

/** Returns the rows minus a centre. */
export function centredMatrix({ values, rows, columns }: Samples, centre: readonly number[]): Matrix {
  const centred = Matrix.zeros(rows, columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) centred.set(i, j, values[i * columns + j] - centre[j]);
  }
  return centred;
}

/** Returns tables of the same rows side by side. */
export function joinColumns(tables: readonly Matrix[]): Matrix {
  const all = Matrix.zeros(
    tables[0].rows,
    tables.reduce((sum, table) => sum + table.columns, 0),
  );
  let start = 0;
  for (const table of tables) {
    all.setSubMatrix(table, 0, start);
    start += table.columns;
  }
  return all;
}
