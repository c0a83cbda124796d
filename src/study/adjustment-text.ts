// What `adjust` did, and what it can do wrong, in words.

import type { CovariateTerm } from '../data/dataset.js';
import type { CovariateReport } from './inspection.js';

/** One entry per covariate, in the order of the terms. */
export function termReports(terms: readonly CovariateTerm[]): CovariateReport[] {
  const columns = [...new Set(terms.map(({ column }) => column))];
  return columns.map((column) => {
    const own = terms.filter((term) => term.column === column);
    const isNamed = own.some(({ level }) => level !== undefined);
    const shape = isNamed ? 'levels' : own.some(({ spline }) => spline) ? 'spline' : 'line';
    return { column, shape, terms: own.length };
  });
}

/** `age (spline of 4 terms)`, `site (3 levels)`, `dose (straight line)`. */
export function covariateText({ column, shape, terms }: CovariateReport): string {
  if (shape === 'line') return `${column} (straight line)`;
  return shape === 'levels' ? `${column} (${terms} levels)` : `${column} (spline of ${terms} terms)`;
}

/** When to adjust and when not: whole sentences (docs/reference/study-file.md, "What to adjust for"). */
export const ADJUSTMENT_RISKS: readonly string[] = [
  'Adjust for a common cause of the modalities, such as age, sex or batch: this removes the association that the ' +
    'common cause creates.',
  'Do not adjust for a mediator, which lies on the path from one modality to the other: this removes what you ' +
    'look for.',
  'Do not adjust for a collider, which both modalities affect (a diagnosis, being in hospital): this creates ' +
    'associations where there are none.',
];
