// Cox regression in the population of a survey, with variances of the design: those of R's svycoxph (Binder 1992).

import type { SurveyDesign } from '../../data/survey.js';
import { coxRegression, scoreResiduals, type CoxFailure } from '../survival/cox.js';
import { timeGroups, type SurvivalTimes } from '../survival/survival-times.js';
import { completeRows, figure } from './moments.js';
import type { SurveyRegression } from './regression.js';
import { estimated, type Statistic } from './variance.js';

/** Weight of a row that a replicate leaves out, relative to the mean. */
const NEGLIGIBLE = 1e-10;

/** Coefficients are logarithms of hazard ratios. Degrees of freedom are those of the design, less the columns. */
export interface SurveyHazards extends SurveyRegression {
  readonly verdict: 'estimated';
  /** Number of subjects with the event. */
  readonly events: number;
}

export interface SurveyHazardsFailed {
  readonly verdict: CoxFailure;
  readonly rows: number;
  readonly events: number;
}

/**
 * Returns the Cox regression on columns, in the rows with a time, an event, and all columns.
 * @param outcome NaN where a subject has no time or event @param within 1 for rows of a domain. Default: all
 */
export function surveyHazards(
  design: SurveyDesign,
  outcome: SurvivalTimes,
  columns: readonly Float64Array[],
  within?: Uint8Array,
): SurveyHazards | SurveyHazardsFailed {
  const events = Float64Array.from(outcome.events);
  const domain = completeRows([outcome.times, events, ...columns], within);
  const rows = [...design.weights.keys()].filter((row) => design.weights[row] * domain[row] > 0);
  const of = (values: ArrayLike<number>) => Float64Array.from(rows, (row) => values[row]);
  const known = { times: of(outcome.times), events: of(events), columns: columns.map(of) };
  const mean = rows.reduce((sum, row) => sum + design.weights[row], 0) / rows.length;
  const inputOf = (weights: Float64Array) => ({
    ...known,
    // A replicate without a row still counts its event as tied, so that estimates are a smooth function of the weights.
    weights: of(weights).map((weight) => Math.max(NEGLIGIBLE, weight / mean)),
  });
  const input = inputOf(design.weights);
  const fit = coxRegression(input);
  if (fit.verdict !== 'estimated') return { verdict: fit.verdict, rows: fit.subjects, events: fit.events };
  const statistic: Statistic = {
    estimate: (weights) => {
      const one = coxRegression(inputOf(weights));
      return one.verdict === 'estimated' ? [...one.coefficients] : columns.map(() => NaN);
    },
    influence: () => {
      const centred = input.columns.map(centredColumn);
      const linear = fit.linearPredictor;
      const residuals = scoreResiduals(timeGroups(input), centred, linear, input.weights);
      return columns.map((_, j) => {
        const all = new Float64Array(design.weights.length);
        for (const [i, row] of rows.entries()) {
          all[row] = residuals.reduce((sum, column, k) => sum + fit.covariance.get(j, k) * column[i], 0) / mean;
        }
        return all;
      });
    },
  };
  const { estimates, covariance, degrees } = estimated(design, domain, statistic);
  // A replicate without a finite maximum leaves no variance.
  if (!estimates.every(Number.isFinite) || !covariance.to1DArray().every(Number.isFinite)) {
    return { verdict: 'not-converged', rows: fit.subjects, events: fit.events };
  }
  const rest = degrees - columns.length;
  return {
    verdict: 'estimated',
    coefficients: estimates.map((estimate, k) => figure(estimate, Math.sqrt(covariance.get(k, k)), rest)),
    covariance,
    degrees: rest,
    rows: fit.subjects,
    events: fit.events,
  };
}

function centredColumn(column: Float64Array): Float64Array {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  return column.map((value) => value - mean);
}
