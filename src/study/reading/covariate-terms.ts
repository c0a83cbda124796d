// The terms of covariates in a regression. A column of names has a term for each level. A column of numbers has a
// linear term and, if there are enough subjects, the curved terms of a natural cubic spline.

import type { CovariateTerm } from '../../data/dataset.js';
import { curvedTerms, splineConstants, splineValue } from '../../data/natural-spline.js';
import { knotsOf, MIN_DISTINCT, splineSize } from '../../data/spline-knots.js';
import { isConstant, momentsOf } from '../../data/standardise.js';
import { InputError } from '../../errors/errors.js';
import type { Covariates } from './covariates.js';
import type { StudyFile } from '../grammar/study-file.js';

/**
 * Returns the terms of the covariates for the training subjects.
 *
 * @throws InputError with the place in the study file: `constant-column` for a covariate without spread in the training
 *   split
 */
export function fitTerms(
  file: StudyFile,
  covariates: Covariates,
  ids: readonly string[],
  train: Int32Array,
): CovariateTerm[] {
  const columns = covariates.columns.map((column) => ({ column, values: covariates.select(column, ids) }));
  const sorted = new Map(
    columns.flatMap(({ column, values }) => {
      if (!(values instanceof Float64Array)) return [];
      const ascending = Float64Array.from(train, (row) => values[row]).sort();
      return [[column, { ascending, distinct: new Float64Array(new Set(ascending)) }] as const];
    }),
  );
  const curved = [...sorted.values()].filter(({ distinct }) => distinct.length >= MIN_DISTINCT).length;
  const size = file.config.adjust?.terms === 'linear' ? 1 : splineSize(train.length, curved);
  return columns.flatMap(({ column, values }): CovariateTerm[] => {
    const standardise = (term: Pick<CovariateTerm, 'column' | 'level' | 'spline'>) =>
      standardisedTerm(file, term, valuesOfTerm(values, term), train);
    if (values instanceof Float64Array) {
      const knots = knotsOf(sorted.get(column)!, size);
      const bends = Array.from({ length: curvedTerms(knots.length) }, (_, term) => ({
        column,
        spline: { knots, term },
      }));
      return [{ column }, ...bends].map(standardise);
    }
    const levels = [...new Set(Array.from(train, (row) => values[row]))].sort();
    return levels.map((level) => standardise({ column, level }));
  });
}

/** Returns the values of a term before they are standardised. */
export function valuesOfTerm(
  values: Float64Array | readonly string[],
  { level, spline }: Pick<CovariateTerm, 'level' | 'spline'>,
): Float64Array {
  if (!(values instanceof Float64Array)) return Float64Array.from(values, (value) => (value === level ? 1 : 0));
  if (!spline) return values;
  const constants = splineConstants(spline);
  return values.map((value) => splineValue(constants, value));
}

function standardisedTerm(
  file: StudyFile,
  term: Pick<CovariateTerm, 'column' | 'level' | 'spline'>,
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
