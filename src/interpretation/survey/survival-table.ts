// The result table `survey-survival`: Cox regressions of outcomes with a time and an event in the population.

import type { SurveyDesign } from '../../data/survey.js';
import type { EventOutcome } from '../../data/outcomes.js';
import { benjaminiHochberg } from '../../quality/pair-test.js';
import type { InterpretationInput } from '../input.js';
import { covariateColumns } from '../outcomes/covariate-columns.js';
import { MAX_Q } from '../outcomes/index.js';
import { outcomeUnits, type OutcomeUnit } from '../outcomes/results.js';
import { resultTable, type ResultTable } from '../result-table.js';
import type { CoxFailure } from '../survival/cox.js';
import type { SurveyFigure } from './moments.js';
import { waldTest } from './regression.js';
import { MIN_DEGREES } from './results.js';
import { surveyHazards } from './survival.js';
import { BLOCKS, DEGREES, NO_SURVEY, notesOf, numeric, resultText, SUBJECTS, surveyed, text } from './tables.js';

/** Minimum number of events of a test. */
const MIN_EVENTS = 10;

type Untested = CoxFailure | 'circular' | 'too-few';

const UNTESTED: Readonly<Record<Untested, string>> = {
  circular: 'its modality measures the outcome',
  'too-few': `fewer than ${MIN_EVENTS} events or ${MIN_DEGREES} degrees of freedom`,
  'no-events': 'no events',
  collinear: 'collinear with covariates',
  separated: 'separates the events, so the hazard ratio is infinite',
  'not-converged': 'the regression did not converge',
};

interface HazardsResult {
  /** Logarithm of the hazard ratio; left out for blocks. */
  readonly effect?: SurveyFigure | undefined;
  readonly p: number;
  readonly subjects?: number | undefined;
  readonly events?: number | undefined;
  readonly degrees?: number | undefined;
  readonly untested?: Untested | undefined;
}

function hazardsOf(design: SurveyDesign, outcome: EventOutcome, unit: OutcomeUnit): HazardsResult {
  if (outcome.measuredIn.includes(unit.modality)) return { p: NaN, untested: 'circular' };
  const { latents } = unit;
  const covariates = outcome.covariates.map(({ values }) => values);
  const known = [...design.weights.keys()].filter(
    (row) => design.weights[row] > 0 && [...latents, ...covariates].every((values) => !Number.isNaN(values[row])),
  );
  const at = (values: Float64Array) => Float64Array.from(known, (row) => values[row]);
  const spread = (values: Float64Array) => {
    const whole = new Float64Array(design.weights.length).fill(NaN);
    for (const [i, row] of known.entries()) whole[row] = values[i];
    return whole;
  };
  // Levels and knots are those of the subjects of the regression.
  const terms = covariateColumns(
    outcome.covariates.map((covariate) => ({ ...covariate, values: at(covariate.values) })),
    outcome.terms,
  ).map(spread);
  const fit = surveyHazards(design, outcome, [...latents, ...terms]);
  const counts = { subjects: fit.rows, events: fit.events };
  if (fit.events < Math.max(MIN_EVENTS, 2 * (latents.length + terms.length))) {
    return { ...counts, p: NaN, untested: 'too-few' };
  }
  if (fit.verdict !== 'estimated') return { ...counts, p: NaN, untested: fit.verdict };
  if (fit.degrees < MIN_DEGREES) return { ...counts, p: NaN, degrees: fit.degrees, untested: 'too-few' };
  const isSingle = latents.length === 1;
  return {
    ...counts,
    ...(isSingle && { effect: fit.coefficients[0] }),
    degrees: fit.degrees,
    p: isSingle
      ? fit.coefficients[0].p
      : waldTest(
          fit,
          latents.map((_, k) => k),
        ).p,
  };
}

/** Returns one row for each outcome with events and each latent or block. */
export function surveySurvivalTable(input: InterpretationInput): ResultTable {
  const all = surveyed(input, 'survey-survival');
  const outcomes = (input.study?.outcomes ?? []).filter((one): one is EventOutcome => one.kind === 'time-to-event');
  const results = all
    ? outcomes.flatMap((outcome) =>
        outcomeUnits(all.input).map((unit) => ({ outcome, unit, ...hazardsOf(all.input.design, outcome, unit) })),
      )
    : [];
  const qs = benjaminiHochberg(results.map(({ p }) => p));
  return resultTable({
    name: 'survey-survival',
    title: 'Latents and survival in the population of the survey',
    keys: 2,
    columns: [
      text('outcome', 'name of the outcome'),
      text('latent', 'name of the latent, or of a block of mixed latents'),
      text('verdict', 'verdict on the latent: component, block, not-replicated, or untested'),
      numeric('hazard-ratio', 'ratio of the hazards for one standard deviation of the latent in the fitted subjects'),
      numeric('lower', 'lower end of its 95 % interval, by the design'),
      numeric('upper', 'upper end of its 95 % interval'),
      numeric('p', 'design-based p (t, or Wald’s F test of a block)'),
      numeric('q', 'p corrected for all tests of the table (Benjamini and Hochberg)'),
      text('result', `associated if q is at most ${MAX_Q}`),
      SUBJECTS,
      numeric('events', 'number of these with the event'),
      DEGREES,
    ],
    rows: results.map(({ outcome, unit, effect, p, subjects, events, degrees, untested }, i) => [
      ...[outcome.name, unit.name, unit.verdict ?? 'untested'],
      ...(effect ? [effect.estimate, effect.low, effect.high].map(Math.exp) : [null, null, null]),
      ...[p, qs[i], untested ? `not tested: ${UNTESTED[untested]}` : resultText(qs[i])],
      ...[subjects, events, degrees],
    ]),
    notes: all
      ? [
          ...notesOf(all),
          ...(outcomes.length === 0 ? ['No outcome of the study has a time and an event.'] : []),
          'Cox regressions on the latent and the covariates of the outcome, with the weights (ties: Efron). An ' +
            'association is not an effect.',
          BLOCKS,
        ]
      : [NO_SURVEY],
  });
}
