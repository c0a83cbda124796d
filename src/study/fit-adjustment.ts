// Adjusts columns for covariates: a linear regression on the training part, whose slopes a model keeps. Levels of a
// column of names are indicators, one for each; the pseudo-inverse takes the smallest of the equal solutions.

import { Matrix, pseudoInverse } from 'ml-matrix';
import type { CovariateTerm } from '../data/dataset.js';
import { isConstant, momentsOf } from '../data/standardise.js';
import { InputError } from '../errors.js';
import type { Covariates } from './covariates.js';
import type { Adjustment } from './fit-scales.js';
import type { StudyFile } from './study-file.js';
import { idName } from './subject-id.js';

/** Singular values below this part of √(rows) count as none: covariates that say the same. */
const TOLERANCE = 1e-9;

/**
 * @throws InputError with the place in the study file: `constant-column` for a covariate without spread in the training
 *   part, `unknown-level` for a level that no training subject has, `too-many-covariates`
 */
export function fitAdjustment(
  file: StudyFile,
  covariates: Covariates,
  ids: readonly string[],
  train: Int32Array,
): Adjustment {
  const terms = covariates.columns.flatMap((column): CovariateTerm[] => {
    const values = covariates.select(column, ids);
    if (values instanceof Float64Array) return [termOf(file, { column }, values, train)];
    const levels = [...new Set(Array.from(train, (row) => values[row]))].sort();
    return levels.map((level) => termOf(file, { column, level }, indicator(values, level), train));
  });
  if (terms.length > train.length - 2) {
    throw new InputError(
      'too-many-covariates',
      `${file.locate(['adjust', 'columns'])}: ${terms.length} covariates, with one for each level of a name, leave ` +
        `nothing of ${train.length} training subjects; adjust for fewer`,
      { covariates: terms.length, subjects: train.length },
    );
  }
  const values = covariateValues(file, covariates, ids, terms);
  const all = inverseDesign(values, train);
  // Columns of a table are mostly missing together.
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

/** The pseudo-inverse of the terms at some rows, terms × rows; the terms' means there are 0, as with an intercept. */
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
 * The terms of a fitted model for these subjects, terms × subjects.
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
        `training subject has (they have ${levels.join(', ')}), so nothing is known of it; correct it, or leave ` +
        'the subject out',
      { column, level: values[row], id: ids[row] },
    );
  }
  return terms.map(({ column, level, mean, sd }) => {
    const all = columns.get(column)!;
    const values = all instanceof Float64Array ? all : indicator(all, level!);
    return values.map((value) => (value - mean) / sd);
  });
}

function termOf(
  file: StudyFile,
  term: Pick<CovariateTerm, 'column' | 'level'>,
  values: Float64Array,
  train: Int32Array,
): CovariateTerm {
  const moments = momentsOf(values, train);
  if (isConstant(moments)) {
    throw new InputError(
      'constant-column',
      `${file.locate(['adjust', 'columns'])}: '${term.column}' is the same in all training subjects, so there is ` +
        'nothing to adjust for; leave it out',
      { column: term.column },
    );
  }
  return { ...term, mean: moments.mean, sd: moments.sd };
}

function indicator(values: readonly string[], level: string): Float64Array {
  return Float64Array.from(values, (value) => (value === level ? 1 : 0));
}
