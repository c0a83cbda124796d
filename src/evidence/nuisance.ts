// Nuisance directions that are removed from held-out latents before they are tested. One source is the pattern of
// missing values in the modality: encoders see it, and subjects may skip the same share of everything
// (docs/explanation/missing-data.md). The other source is the covariates that the study adjusts for, with slopes from
// the held-out subjects (Frisch & Waugh 1933, Lovell 1963). Latents of subjects with many gaps also vary less. The
// squares in the tests would count a spread that shrinks in two modalities as an association, so the spread is
// equalised.

import { Matrix } from 'ml-matrix';
import type { Modality } from '../data/dataset.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { centredMatrix, columnMeans, principalComponents } from '../linear/index.js';
import { centred, dot, varies } from '../metrics/vectors.js';

/** Maximum number of principal components of the mask that are removed. */
const MAX_COMPONENTS = 5;
/** A column counts as a combination of earlier columns if its residual share of variance is below this. */
const NEGLIGIBLE = 1e-9;
/** Minimum number of subjects per principal component of the mask. */
const ROWS_PER_COMPONENT = 20;
/** Minimum number of subjects per direction for the estimate of the spread. */
const ROWS_PER_SPREAD = 5;
/** Minimum spread, as a share of the mean spread. */
const MIN_SPREAD = 0.2;

/**
 * Returns the directions to remove from the latents of a modality, rows × directions, orthonormal and centred;
 * undefined if there are none.
 * @param rows subjects who have the modality
 * @param covariates terms × all subjects
 */
export function nuisanceOf(
  modality: Modality,
  rows: Int32Array,
  covariates: readonly Float64Array[] = [],
): Matrix | undefined {
  return directionsOf([...gapColumns(modality, rows), ...covariateColumns(rows, covariates)]);
}

/** Returns the directions of the covariates alone. */
export function covariateDirections(rows: Int32Array, covariates: readonly Float64Array[] = []): Matrix | undefined {
  return directionsOf(covariateColumns(rows, covariates));
}

function covariateColumns(rows: Int32Array, covariates: readonly Float64Array[]): Float64Array[] {
  const terms = covariates.map((term) => Float64Array.from(rows, (row) => term[row]));
  return terms.filter(varies).map(centred);
}

/** Returns orthonormal directions that span centred columns, rows × directions; undefined if there are none. */
export function directionsOf(columns: readonly Float64Array[]): Matrix | undefined {
  const directions = independent(columns);
  return directions.length === 0 ? undefined : new Matrix(directions.map((one) => [...one])).transpose();
}

/**
 * Returns the residual of a latent after regression on the directions, divided by its expected absolute value given
 * them (Glejser 1969). With fewer than five subjects per direction, it is not divided.
 * @param latent values in the rows of the directions
 */
export function adjusted(latent: Float64Array, directions: Matrix): Float64Array {
  const rest = without(latent, directions);
  if (rest.length < ROWS_PER_SPREAD * directions.columns) return rest;
  const sizes = rest.map(Math.abs);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  if (mean === 0) return rest;
  const noise = without(sizes, directions);
  const scaled = rest.map((value, i) => value / Math.max(MIN_SPREAD * mean, mean + sizes[i] - noise[i]));
  return without(scaled, directions);
}

/** Returns the residual of a latent after regression on the directions. @param latent values in the rows of these */
export function without(latent: Float64Array, directions: Matrix): Float64Array {
  const values = Matrix.columnVector(latent);
  const fitted = directions.mmul(directions.transpose().mmul(values));
  return Float64Array.from(Matrix.sub(values, fitted).getColumn(0));
}

/**
 * Returns the share of observed values of each subject, and the first principal components of the mask, by row; none
 * if the mask does not vary.
 */
export function gapColumns(modality: Modality, rows: Int32Array): Float64Array[] {
  const observed = observedShares(modality, rows);
  const columns = observed.length;
  if (columns === 0 || rows.length === 0) return [];
  const values = Float64Array.from(
    { length: rows.length * columns },
    (_, at) => observed[at % columns][Math.floor(at / columns)],
  );
  const mask = { values, rows: rows.length, columns };
  const components = Math.min(MAX_COMPONENTS, Math.floor(rows.length / ROWS_PER_COMPONENT));
  const { scores } = principalComponents(mask, Math.max(1, components));
  if (scores.columns === 0) return [];
  const shares = centredMatrix(mask, columnMeans(mask)).sum('row');
  return [Float64Array.from(shares), ...columnsOf(scores)];
}

/**
 * Returns the share of observed positions by column and row: in a table 1 for an observed value, and 0 for a missing
 * one. Returns nothing if no value is missing.
 */
export function observedShares(modality: Modality, rows: Int32Array): Float64Array[] {
  const { observed, columns } = modality;
  if (!observed) return [];
  const positions = valuesPerSubject(modality) / columns.length;
  return columns.map((_, column) =>
    Float64Array.from(rows, (row) => {
      const first = (row * columns.length + column) * positions;
      let sum = 0;
      for (let at = first; at < first + positions; at++) sum += observed[at];
      return sum / positions;
    }),
  );
}

function columnsOf(matrix: Matrix): Float64Array[] {
  return Array.from({ length: matrix.columns }, (_, c) => Float64Array.from(matrix.getColumn(c)));
}

/** Returns orthonormal directions that span the columns, without linearly dependent ones (Gram–Schmidt, two passes). */
function independent(columns: readonly Float64Array[]): Float64Array[] {
  const directions: Float64Array[] = [];
  for (const column of columns) {
    const rest = column.slice();
    for (const direction of [...directions, ...directions]) {
      const share = dot(rest, direction);
      for (let i = 0; i < rest.length; i++) rest[i] -= share * direction[i];
    }
    const [length, before] = [dot(rest, rest), dot(column, column)];
    if (length > NEGLIGIBLE * before) directions.push(rest.map((value) => value / Math.sqrt(length)));
  }
  return directions;
}
