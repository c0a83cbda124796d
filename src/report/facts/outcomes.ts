// Figures of the associations of latents with outcomes: forest plots, and survival by thirds.

import {
  outcomeResults,
  survivalByThirds,
  THIRDS,
  type OutcomeResult,
  type OutcomeResults,
} from '../../interpretation/outcomes/index.js';
import { resultText } from '../../interpretation/outcomes/text.js';
import type { ForestFigures, ForestRow } from '../charts/forest-chart.js';
import type { SurvivalFigures } from '../charts/survival-chart.js';
import type { ReportInput, ReportSubjects } from '../input.js';

/** Maximum number of rows of a forest plot, and of drawn sets of survival curves. */
const MAX_ROWS = 40;
const MAX_CURVES = 6;

/** A fit, and its subjects with outcomes. */
export interface OutcomesInput extends Pick<ReportInput, 'graph' | 'summary'> {
  readonly subjects?: Pick<ReportSubjects, 'dataset' | 'outcomes' | 'batches' | 'outOfFold' | 'inspection'> | undefined;
}

/** Returns the results; undefined without outcomes or out-of-fold latents. */
export function reportOutcomes({ graph, summary, subjects }: OutcomesInput): OutcomeResults | undefined {
  const { outcomes = [], outOfFold, dataset, batches, inspection } = subjects ?? {};
  const isSurvey = inspection?.survey !== undefined;
  if (outcomes.length === 0 || !outOfFold || !dataset) return undefined;
  return outcomeResults({ graph, summary, dataset, outcomes, batches, isSurvey, outOfFold });
}

/** Returns the forest plots: correlations, and hazard ratios. A plot without rows is left out. */
export function outcomeForests({ summary }: OutcomesInput, { results }: OutcomeResults): ForestFigures[] {
  const positionOf = (name: string) => summary.model.modalities.findIndex((one) => one.name === name);
  const rowsOf = (measures: readonly OutcomeResult['measure'][]): ForestRow[] => {
    const shown = results.filter(({ measure, lower }) => measures.includes(measure) && lower !== undefined);
    return shown.slice(0, MAX_ROWS).map((one, k, rows): ForestRow => {
      const { outcome, unit, estimate, lower, upper } = one;
      return {
        ...(rows[k - 1]?.outcome !== outcome && { heading: outcome.name }),
        title: unit.name,
        modalities: [positionOf(unit.modality)],
        interval: { estimate: estimate!, lower: lower!, upper: upper! },
        supported: resultText(one) === 'associated',
        words: resultText(one),
      };
    });
  };
  const correlations = {
    title: 'Latents and outcomes: correlations',
    axis: 'r or ρ, and its 95 % interval',
    description: 'Correlations of out-of-fold latents with outcomes.',
    ends: [-0.5, 0.5] as const,
    rows: rowsOf(['r', 'rho']),
  };
  const ratios = {
    title: 'Latents and outcomes: hazard ratios',
    axis: 'hazard ratio for one standard deviation, and its 95 % interval',
    description: 'Hazard ratios of out-of-fold latents.',
    isRatio: true,
    ends: [0.5, 2] as const,
    rows: rowsOf(['hazard-ratio']),
  };
  return [correlations, ratios].filter(({ rows }) => rows.length > 0);
}

/** Survival by thirds of a latent that is associated with it. */
export interface DrawnThirds {
  readonly result: OutcomeResult;
  readonly figures: SurvivalFigures;
  /** p of the log-rank test between thirds. */
  readonly p: number | undefined;
}

/** Returns survival by thirds of the latents that are associated with it, the smallest q first. */
export function survivalFigures({ subjects }: OutcomesInput, { results }: OutcomeResults): DrawnThirds[] {
  const associated = results.filter((one) => !one.unit.isBlock && resultText(one) === 'associated');
  const sorted = [...associated].sort((a, b) => a.q! - b.q!);
  const drawn = sorted.flatMap((result): DrawnThirds[] => {
    const { outcome, unit } = result;
    if (outcome.kind !== 'time-to-event') return [];
    const { curves, logRank } = survivalByThirds(outcome, unit.latents[0], subjects?.dataset.groups);
    const figures: SurvivalFigures = {
      title: `${outcome.name} by thirds of ${unit.name}`,
      axis: outcome.columns.time,
      curves: curves.map(({ steps, subjects: count, events }, k) => ({
        ...{ name: THIRDS[k], subjects: count, events },
        steps: steps.map(
          ({ time, survival, lower, upper, censored }) => [time, survival, lower, upper, censored] as const,
        ),
      })),
    };
    return [{ result, figures, p: logRank?.p }];
  });
  return drawn.slice(0, MAX_CURVES);
}
