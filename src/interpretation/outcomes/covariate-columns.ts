// The columns of covariates in a regression.

import type { Outcome, SubjectVariable } from '../../data/outcomes.js';
import { curvedTerms, splineConstants, splineValue } from '../../data/natural-spline.js';
import { knotsOf, splineSize } from '../../data/spline-knots.js';

/** Returns the columns without the constant: numbers, or their splines, and an indicator of each level but one. */
export function covariateColumns(covariates: readonly SubjectVariable[], terms: Outcome['terms']): Float64Array[] {
  const numbers = covariates.filter(({ levels }) => levels === undefined).length;
  return covariates.flatMap(({ levels, values }) => {
    if (levels) return levelColumns(values);
    if (terms === 'linear') return [values];
    const ascending = values.slice().sort();
    const distinct = new Float64Array(new Set(ascending));
    const knots = knotsOf({ ascending, distinct }, splineSize(values.length, numbers));
    const bends = Array.from({ length: curvedTerms(knots.length) }, (_, term) => splineConstants({ knots, term }));
    return [values, ...bends.map((bend) => values.map((value) => splineValue(bend, value)))];
  });
}

/** Returns an indicator of each level that occurs, except the lowest. */
export function levelColumns(levels: Float64Array): Float64Array[] {
  const [, ...otherLevels] = new Float64Array(new Set(levels)).sort();
  return otherLevels.map((level) => levels.map((value) => Number(value === level)));
}
