// A modality's principal components: everything linear is computed on them. Of columns that outnumber the subjects they
// come from the subjects' inner products, at the cost of the smaller side.

import { Matrix } from 'ml-matrix';
import type { Samples } from '../metrics/index.js';
import { leadingEigenpairs } from './leading.js';
import { crossProducts, innerProducts } from './products.js';

export interface Components {
  /** Means of the columns. */
  readonly centre: readonly number[];
  /** Columns × components, orthonormal. */
  readonly loadings: Matrix;
  /** Subjects × components, uncorrelated, the largest variance first. */
  readonly scores: Matrix;
}

/** Components of less variance than this share of the first one's are rounding. */
const NEGLIGIBLE = 1e-9;

/** The first `most` components, or as many as vary. */
export function principalComponents(x: Samples, most: number): Components {
  const centre = columnMeans(x);
  const centred = centredMatrix(x, centre);
  const isWide = x.columns > x.rows;
  const { values, vectors } = leadingEigenpairs(isWide ? innerProducts(centred) : crossProducts(centred), most);
  const count = values.filter((value) => value > NEGLIGIBLE * values[0]).length;
  const kept = vectors.subMatrixColumn([...Array(count).keys()]);
  const spans = values.slice(0, count).map(Math.sqrt);
  const loadings = isWide ? centred.transpose().mmul(kept).divRowVector(spans) : kept;
  return { centre, loadings, scores: isWide ? kept.mulRowVector(spans) : centred.mmul(kept) };
}

export function columnMeans({ values, rows, columns }: Samples): number[] {
  const sums = new Array<number>(columns).fill(0);
  for (let i = 0; i < values.length; i++) sums[i % columns] += values[i];
  return sums.map((sum) => sum / rows);
}

/** Rows less a centre. */
export function centredMatrix({ values, rows, columns }: Samples, centre: readonly number[]): Matrix {
  const centred = Matrix.zeros(rows, columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) centred.set(i, j, values[i * columns + j] - centre[j]);
  }
  return centred;
}
