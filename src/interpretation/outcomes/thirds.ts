// Survival in thirds of a latent: the Kaplan–Meier curves, the log-rank test, the check of proportional hazards, and
// the cross-fitted concordance of the Cox regression.

import type { EventOutcome } from '../../data/outcomes.js';
import type { Concordance } from '../survival/concordance.js';
import { crossFittedConcordance } from '../survival/cross-fitted-concordance.js';
import { coxRegression } from '../survival/cox.js';
import { kaplanMeier, type SurvivalCurve } from '../survival/kaplan-meier.js';
import { logRank, type LogRank } from '../survival/log-rank.js';
import { proportionalHazards, type HazardsTest } from '../survival/proportional-hazards.js';
import { covariateColumns } from './covariate-columns.js';
import { unitsOf } from './units.js';

export const THIRDS = ['low', 'middle', 'high'] as const;

export interface SurvivalByThirds {
  /** By third of the latent, lowest first. */
  readonly curves: readonly SurvivalCurve[];
  /** Left out if rows of one group have different times: the test takes subjects as independent. */
  readonly logRank?: LogRank | undefined;
  /** If the hazard ratio of the latent changes with time. */
  readonly hazards?: HazardsTest | undefined;
  /** Concordance of the regression on the latent and the covariates, in subjects who are not in the regression. */
  readonly concordance?: Concordance | undefined;
  /** Concordance of the regression on the covariates alone; left out without covariates. */
  readonly ofCovariates?: Concordance | undefined;
}

/** Returns survival by thirds of one latent. @param latent out-of-fold latent, NaN where a subject has none */
export function survivalByThirds(
  outcome: EventOutcome,
  latent: Float64Array,
  groups: readonly string[] | undefined,
): SurvivalByThirds {
  const { latents, values: times, events, covariates, clusters } = unitsOf(outcome, [latent], groups);
  const [values] = latents;
  const third = thirdsOf(values);
  const curves = THIRDS.map((_, k) => {
    const rows = [...third.keys()].filter((row) => third[row] === k);
    return kaplanMeier({
      times: Float64Array.from(rows, (row) => times[row]),
      events: rows.map((row) => events![row]),
    });
  });
  const survival = { times, events: events! };
  const columns = covariateColumns(covariates, outcome.terms);
  const input = { ...survival, columns: [values, ...columns] };
  const fit = coxRegression(input);
  const concordanceOf = (of: readonly Float64Array[]) =>
    crossFittedConcordance({ ...survival, columns: of, ...(clusters && { clusters }) });
  return {
    curves,
    ...(!clusters && { logRank: logRank(survival, third) }),
    ...(fit.verdict === 'estimated' && {
      hazards: proportionalHazards(input, fit).columns[0],
      concordance: concordanceOf(input.columns),
    }),
    ...(columns.length > 0 && { ofCovariates: concordanceOf(columns) }),
  };
}

/** Returns the third of each value, from 0. Equal values are in the same third. */
export function thirdsOf(values: Float64Array): Uint8Array {
  const sorted = values.slice().sort();
  const bounds = [1, 2].map((k) => sorted[Math.ceil((k * sorted.length) / 3) - 1]);
  return Uint8Array.from(values, (value) => Number(value > bounds[0]) + Number(value > bounds[1]));
}
