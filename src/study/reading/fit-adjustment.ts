// Adjusts columns for covariates by a least-squares regression on the terms of the covariates (covariate-terms.ts) over
// the training split. A model keeps the slopes. Terms may be collinear, such as the levels of a column of names; the
// pseudo-inverse then gives the solution with the smallest norm.

import { Matrix, pseudoInverse } from 'ml-matrix';
import type { CovariateTerm } from '../../data/dataset.js';
import { momentsOf } from '../../data/standardise.js';
import { InputError } from '../../errors/errors.js';
import { fitTerms, valuesOfTerm } from './covariate-terms.js';
import type { Covariates } from './covariates.js';
import type { Adjustment } from './fit-scales.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName } from '../grammar/subject-id.js';

/** Singular values below this share of √(rows) are taken as 0, because covariates are collinear. */
const TOLERANCE = 1e-9;

/**
 * Returns how the columns depend on the covariates.
 * @throws InputError with the place in the study file: `constant-column` for a covariate without spread in the training
 *   split, `unknown-level` for a level that no training subject has, `too-many-covariates`
 */
export function fitAdjustment(
  file: StudyFile,
  covariates: Covariates,
  ids: readonly string[],
  train: Int32Array,
): Adjustment {
  const terms = fitTerms(file, covariates, ids, train);
  if (terms.length > train.length - 2) {
    throw new InputError(
      'too-many-covariates',
      `${file.locate(['adjust', 'columns'])}: ${terms.length} terms (one for each number, one for each level of a ` +
        `name) leave nothing of ${train.length} training subjects; adjust for fewer columns, or merge levels`,
      { covariates: terms.length, subjects: train.length },
    );
  }
  const values = covariateValues(file, covariates, ids, terms);
  const all = inverseDesign(values, train);
  // Columns of a table are mostly missing in the same rows, so the latest inverse is often the next one.
  let latest = { rows: train, inverse: all };
  const inverseFor = (rows: Int32Array): Matrix => {
    if (rows.length === train.length) return all;
    if (!isEqual(rows, latest.rows)) latest = { rows, inverse: inverseDesign(centredOver(values, rows), rows) };
    return latest.inverse;
  };
  const slopes = (column: Float64Array, rows: Int32Array): number[] => {
    const inverse = inverseFor(rows);
    return terms.map((_, t) => rows.reduce((sum, row, i) => sum + inverse.get(t, i) * column[row], 0));
  };
  return { covariates: terms, values, slopes };
}

/**
 * Returns the pseudo-inverse of the terms at some rows, terms × rows. Their means are 0 there, as with an intercept.
 */
function inverseDesign(terms: readonly Float64Array[], rows: Int32Array): Matrix {
  const design = new Matrix(rows.length, terms.length);
  for (const [i, row] of rows.entries()) for (const [t, term] of terms.entries()) design.set(i, t, term[row]);
  return pseudoInverse(design, TOLERANCE * Math.sqrt(rows.length));
}

function centredOver(terms: readonly Float64Array[], rows: Int32Array): Float64Array[] {
  return terms.map((term) => {
    const { mean } = momentsOf(term, rows);
    return term.map((value) => value - mean);
  });
}

function isEqual(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((row, i) => row === b[i]);
}

/**
 * Returns the values of a fitted model's terms for these subjects, terms × subjects.
 * @throws InputError `unknown-level`
 */
export function covariateValues(
  file: StudyFile,
  covariates: Covariates,
  ids: readonly string[],
  terms: readonly CovariateTerm[],
): Float64Array[] {
  const columns = new Map(covariates.columns.map((column) => [column, covariates.select(column, ids)]));
  for (const [column, values] of columns) {
    if (values instanceof Float64Array) continue;
    const levels = terms.filter((term) => term.column === column).map(({ level }) => level);
    const row = values.findIndex((value) => !levels.includes(value));
    if (row < 0) continue;
    throw new InputError(
      'unknown-level',
      `${file.locate(['adjust'])}: ${idName(file.config.id)} ${ids[row]} has ${column} '${values[row]}', which no ` +
        `training subject has (they have ${levels.join(', ')}), so its effect is not known; correct it, or leave ` +
        'the subject out',
      { column, level: values[row], id: ids[row] },
    );
  }
  return terms.map(({ column, mean, sd, ...term }) =>
    valuesOfTerm(columns.get(column)!, term).map((value) => (value - mean) / sd),
  );
}
