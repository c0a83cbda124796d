// The result tables `outcomes`, `survival`, and `survival-curves`.

import type { EventOutcome } from '../../data/outcomes.js';
import { outOfFoldLatents, subjectsOf, type InterpretationInput } from '../input.js';
import { resultTable, type ResultColumn, type ResultTable } from '../result-table.js';
import { outcomeResults, type OutcomeResult, type OutcomeResults } from './results.js';
import { measureText, NO_OUTCOMES, outcomeNotes, resultText } from './text.js';
import { survivalByThirds, THIRDS } from './thirds.js';

const text = (name: string, description: string): ResultColumn => ({ name, kind: 'text', description });
const numeric = (name: string, description: string): ResultColumn => ({ name, kind: 'number', description });

const PAIR = [
  text('outcome', 'name of the outcome'),
  text('latent', 'name of the latent, or of a block of mixed latents'),
  text('verdict', 'verdict on the latent: component, block, not-replicated, or untested'),
];

function pairOf({ outcome, unit }: Pick<OutcomeResult, 'outcome' | 'unit'>): string[] {
  return [outcome.name, unit.name, unit.verdict ?? 'untested'];
}

/** Returns the results of an input; undefined for a study without outcomes. */
function resultsOf(input: InterpretationInput, table: string): OutcomeResults | undefined {
  const dataset = subjectsOf(input, table);
  const outOfFold = outOfFoldLatents(input, table);
  const { graph, summary, study } = input;
  if (!study?.outcomes?.length) return undefined;
  const of = { outcomes: study.outcomes, batches: study.batches, isSurvey: study.survey !== undefined };
  return outcomeResults({ graph, summary, dataset, outOfFold, ...of });
}

/** Returns one row for each outcome and latent or block. */
export function outcomesTable(input: InterpretationInput): ResultTable {
  const all = resultsOf(input, 'outcomes');
  return resultTable({
    name: 'outcomes',
    title: 'Latents and outcomes',
    keys: 2,
    columns: [
      ...PAIR,
      text('measure', 'what the estimate is: partial if the outcome has covariates'),
      numeric('estimate', 'estimate of the measure'),
      numeric('lower', 'lower end of the 95 % interval'),
      numeric('upper', 'upper end of the 95 % interval'),
      numeric('p', 'p of the test that nothing is associated'),
      numeric('q', 'p corrected for all tests of the table (Benjamini and Hochberg)'),
      text('result', 'associated if q is at most 0.05'),
      numeric('unadjusted', 'the measure without covariates'),
      numeric('subjects', 'number of subjects, or of groups, with all variables'),
      numeric('events', 'number of these with the event'),
      text('kind', 'kind of the outcome'),
    ],
    rows: (all?.results ?? []).map((one) => [
      ...[...pairOf(one), measureText(one), one.estimate, one.lower, one.upper, one.p, one.q],
      ...[resultText(one), one.unadjusted, one.units, one.events, one.outcome.kind],
    ]),
    notes: all ? outcomeNotes(all, subjectsOf(input, 'outcomes')) : [NO_OUTCOMES],
  });
}

/** An outcome with events, and its result. */
type EventResult = OutcomeResult & { readonly outcome: EventOutcome };

/** Returns the tested results of outcomes with events. */
export function eventResults({ results }: Pick<OutcomeResults, 'results'>): EventResult[] {
  return results.filter((one): one is EventResult => one.outcome.kind === 'time-to-event');
}

/** Returns one row for each outcome with events and latent or block. */
export function survivalTable(input: InterpretationInput): ResultTable {
  const all = resultsOf(input, 'survival');
  const results = all ? eventResults(all) : [];
  return resultTable({
    name: 'survival',
    title: 'Latents and survival',
    keys: 2,
    columns: [
      ...PAIR,
      numeric('hazard-ratio', 'ratio of the hazards for one standard deviation of the latent (Cox)'),
      numeric('lower', 'lower end of its 95 % interval'),
      numeric('upper', 'upper end of its 95 % interval'),
      numeric('p', 'p of Wald’s test; of a block, of the likelihood-ratio test'),
      numeric('q', 'p corrected for all tests of all outcomes (Benjamini and Hochberg)'),
      text('result', 'associated if q is at most 0.05'),
      numeric('chi-square', 'likelihood-ratio χ² of a block'),
      numeric('hazards-p', 'p of the test that the hazard ratio is the same at all times (Schoenfeld residuals)'),
      numeric(
        'concordance',
        'Harrell’s concordance in subjects who are not in the regression on the latent and the covariates',
      ),
      numeric('concordance-se', 'its standard error'),
      numeric('concordance-covariates', 'the same of the regression on the covariates alone'),
      numeric('thirds-p', 'p of the log-rank test between thirds of the latent, without covariates'),
      numeric('median-low', 'median survival in the lowest third, in the unit of the time'),
      numeric('median-middle', 'the same in the middle third'),
      numeric('median-high', 'the same in the highest third'),
      numeric('subjects', 'number of subjects, or of groups, with all variables'),
      numeric('events', 'number of these with the event'),
    ],
    rows: results.map((one) => {
      const { outcome, unit, units, events, p, q, untested } = one;
      const isSingle = !unit.isBlock && !untested;
      const thirds = isSingle ? survivalByThirds(outcome, unit.latents[0], subjectsOf(input, '').groups) : undefined;
      const medians = THIRDS.map((_, k) => thirds?.curves[k].median);
      return [
        ...pairOf(one),
        ...(isSingle ? [one.estimate, one.lower, one.upper] : [null, null, null]),
        ...[p, q, resultText(one), unit.isBlock ? one.estimate : null, thirds?.hazards?.p],
        ...[thirds?.concordance?.concordance, thirds?.concordance?.standardError],
        ...[thirds?.ofCovariates?.concordance, thirds?.logRank?.p, ...medians],
        ...[units, events],
      ];
    }),
    notes: survivalNotes(all, input),
  });
}

function survivalNotes(all: OutcomeResults | undefined, input: InterpretationInput): string[] {
  if (!all) return [NO_OUTCOMES];
  if (eventResults(all).length === 0) return ['No outcome of the study has a time and an event.'];
  return [
    ...outcomeNotes(all, subjectsOf(input, 'survival')),
    'A hazards-p below 0.05 says that the hazard ratio changes with time: it is then an average over the follow-up. ' +
      'The concordance is cross-fitted: each fifth of the subjects is scored by the regression on the other four. ' +
      'Curves and medians by thirds are not adjusted.',
  ];
}

/** Returns the Kaplan–Meier curves by thirds of each latent, one row for each time. */
export function survivalCurvesTable(input: InterpretationInput): ResultTable {
  const all = resultsOf(input, 'survival-curves');
  const results = all ? eventResults(all).filter(({ unit, untested }) => !unit.isBlock && !untested) : [];
  return resultTable({
    name: 'survival-curves',
    title: 'Survival by thirds of each latent',
    keys: 2,
    columns: [
      ...PAIR,
      text('third', 'third of the latent: low, middle, or high'),
      numeric('time', 'time with an event, or with a last observation'),
      numeric('at-risk', 'subjects just before'),
      numeric('events', 'events at this time'),
      numeric('censored', 'subjects who were last observed at this time, without the event'),
      numeric('survival', 'share without the event after this time (Kaplan and Meier)'),
      numeric('lower', 'lower end of its 95 % interval (log-log)'),
      numeric('upper', 'upper end of its 95 % interval'),
    ],
    rows: results.flatMap(({ outcome, unit }) => {
      const { curves } = survivalByThirds(outcome, unit.latents[0], subjectsOf(input, '').groups);
      return curves.flatMap(({ steps }, k) =>
        steps.map(({ time, atRisk, events, censored, survival, lower, upper }) => [
          ...[...pairOf({ outcome, unit }), THIRDS[k], time, atRisk, events, censored, survival, lower, upper],
        ]),
      );
    }),
    notes: all ? [] : [NO_OUTCOMES],
  });
}
