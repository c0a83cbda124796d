// Sentences about `adjust`: how covariates entered the regression, and what an adjustment can do wrong.

import type { CovariateTerm } from '../../data/dataset.js';
import type { CovariateReport } from './inspection.js';

/** Returns one report per covariate, in the order of the terms. */
export function termReports(terms: readonly CovariateTerm[]): CovariateReport[] {
  const columns = [...new Set(terms.map(({ column }) => column))];
  return columns.map((column) => {
    const ofColumn = terms.filter((term) => term.column === column);
    const isNamed = ofColumn.some(({ level }) => level !== undefined);
    const shape = isNamed ? 'levels' : ofColumn.some(({ spline }) => spline) ? 'spline' : 'line';
    return { column, shape, terms: ofColumn.length };
  });
}

/** Returns for example `age (spline of 4 terms)`, `site (3 levels)` or `dose (straight line)`. */
export function covariateText({ column, shape, terms }: CovariateReport): string {
  if (shape === 'line') return `${column} (straight line)`;
  return shape === 'levels' ? `${column} (${terms} levels)` : `${column} (spline of ${terms} terms)`;
}

/** Sentences that say when to adjust and when not (docs/reference/study-file.md, "What to adjust for"). */
export const ADJUSTMENT_RISKS: readonly string[] = [
  'Adjust for a common cause of the modalities, such as age, sex or batch: this removes the association that the ' +
    'common cause creates.',
  'Do not adjust for a mediator, which lies on the path from one modality to the other: this removes what you ' +
    'look for.',
  'Do not adjust for a collider, which both modalities affect (a diagnosis, being in hospital): this creates ' +
    'associations where there are none.',
];
