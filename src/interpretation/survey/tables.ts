// The result tables `survey-links`, `survey-outcomes`, and `survey-means`, and what `survey-survival` shares with them.

import type { Outcome } from '../../data/outcomes.js';
import type { StudySurvey } from '../../data/survey.js';
import { outOfFoldLatents, subjectsOf, type InterpretationInput } from '../input.js';
import { MAX_Q } from '../outcomes/index.js';
import { resultTable, type ResultColumn, type ResultTable } from '../result-table.js';
import { designOf } from './design.js';
import {
  MIN_DEGREES,
  MIN_SUBJECTS,
  surveyAssociations,
  surveyOutcomes,
  surveySubgroupMeans,
  type SurveyInput,
  type SurveyOutcome,
} from './results.js';

export const text = (name: string, description: string): ResultColumn => ({ name, kind: 'text', description });
export const numeric = (name: string, description: string): ResultColumn => ({ name, kind: 'number', description });

export const SUBJECTS = numeric('subjects', 'number of subjects with a weight and all variables');
export const DEGREES = numeric('degrees', 'degrees of freedom of the design');
export const NO_SURVEY =
  'The study has no sampling design. Write it into the study file (survey: { table, weight, stratum, unit }); the ' +
  'fit stays as it is.';

const UNTESTED = {
  circular: 'its modality measures the outcome',
  collinear: 'collinear with covariates',
  event: 'an outcome with a time and an event; see the table survey-survival',
  'too-few': `fewer than ${MIN_SUBJECTS} subjects or ${MIN_DEGREES} degrees of freedom`,
};

export interface Surveyed {
  readonly input: SurveyInput;
  readonly survey: StudySurvey;
}

/** Returns what the tables need; undefined for a study without `survey`. */
export function surveyed(input: InterpretationInput, table: string): Surveyed | undefined {
  const dataset = subjectsOf(input, table);
  const outOfFold = outOfFoldLatents(input, table);
  const { graph, summary, study } = input;
  const design = study && designOf(study);
  if (!study?.survey || !design) return undefined;
  return { input: { graph, summary, dataset, outOfFold, design }, survey: study.survey };
}

export function notesOf({ input, survey }: Surveyed): string[] {
  const { variance, weight, stratum, unit } = survey;
  const lacking = input.design.weights.filter((value) => value === 0).length;
  const methods = {
    linearised: 'Taylor linearisation',
    jackknife: 'the jackknife (JKn)',
    replicates: 'the replicate weights of the survey',
  };
  const columns = [`weights ${weight}`, ...(stratum ? [`strata ${stratum}`] : []), ...(unit ? [`units ${unit}`] : [])];
  return [
    `Estimates describe the population of the survey (${columns.join(', ')}); variances by ${methods[variance]}.`,
    'The fit did not use the weights: the latents are those of its subjects, each of whom counted once.',
    ...(lacking > 0 ? [`Subjects without a weight are left out: ${lacking}.`] : []),
  ];
}

export const BLOCKS = 'The latents of a block are mixtures with arbitrary axes, so a block has one joint test.';

/** Returns one row for each pair of modalities and each link that the fit supports. */
export function surveyLinksTable(input: InterpretationInput): ResultTable {
  const all = surveyed(input, 'survey-links');
  const rows = all ? surveyAssociations(all.input) : [];
  return resultTable({
    name: 'survey-links',
    title: 'Associations and links in the population of the survey',
    keys: 3,
    columns: [
      text('what', 'modalities: a pair of modalities; link: a supported link between two latents or blocks'),
      text('first', 'name of the modality, latent, or block'),
      text('second', 'name of the other one'),
      numeric('unweighted', 'correlation in which each subject counts once'),
      numeric('weighted', 'correlation in the population; of several pairs of latents, that with the smallest p'),
      numeric('se', 'standard error of the weighted correlation, by the design'),
      numeric('lower', 'lower end of its 95 % interval; empty if several pairs of latents were tested'),
      numeric('upper', 'upper end of its 95 % interval'),
      numeric('tests', 'number of pairs of latents'),
      numeric('p', 'design-based p of an association, times the number of pairs of latents'),
      numeric('q', 'p corrected for all rows (Holm)'),
      text('result', `associated if q is at most ${MAX_Q}`),
      SUBJECTS,
      DEGREES,
      numeric(
        'partial',
        'correlation of the two latents of a link in the population, given the latents of the next column',
      ),
      text('conditioning', 'latents that leave least of the link in the fit'),
      numeric('partial-se', 'standard error of the partial correlation, by the design'),
      numeric('partial-lower', 'lower end of its 95 % interval'),
      numeric('partial-upper', 'upper end of its 95 % interval'),
      numeric('partial-p', 'its design-based p, not corrected'),
    ],
    rows: rows.map(({ what, first, second, unweighted, weighted, tests, p, q, subjects, degrees, partial }) => [
      ...[what, first, second, unweighted, weighted.estimate, weighted.error, weighted.low, weighted.high, tests, p, q],
      ...[resultText(q), subjects, degrees],
      ...[
        partial?.estimate,
        partial?.conditioning.join(', ') ?? '',
        partial?.error,
        partial?.low,
        partial?.high,
        partial?.p,
      ],
    ]),
    notes: all
      ? [
          ...notesOf(all),
          'The rows are what the fit supports in the same subjects, so this is no replication. It says whether an ' +
            'association stays if clusters and unequal weights count.',
          'The correlation of a link is that of its two latents alone, and the partial correlation is given other ' +
            'latents. Neither is corrected for errors of measurement.',
        ]
      : [NO_SURVEY],
  });
}

export function resultText(q: number): string {
  if (Number.isNaN(q)) return `not tested: ${UNTESTED['too-few']}`;
  return q <= MAX_Q ? 'associated' : 'not shown';
}

function outcomeText({ untested, q }: SurveyOutcome): string {
  return untested ? `not tested: ${UNTESTED[untested]}` : resultText(q);
}

/** Returns what a difference of a latent is for. */
function differenceText(outcome: Outcome): string {
  if (outcome.kind !== 'categorical') return outcome.kind === 'ordered' ? '+1 sd of its ranks' : '+1 sd';
  const { levels = [], values } = outcome;
  const [first, second] = [...new Set(values.filter((value) => !Number.isNaN(value)))].sort((a, b) => a - b);
  return `${levels[second]} instead of ${levels[first]}`;
}

/** Returns one row for each outcome and latent or block. */
export function surveyOutcomesTable(input: InterpretationInput): ResultTable {
  const all = surveyed(input, 'survey-outcomes');
  const outcomes = input.study?.outcomes ?? [];
  const rows = all ? surveyOutcomes(all.input, outcomes) : [];
  return resultTable({
    name: 'survey-outcomes',
    title: 'Latents and outcomes in the population of the survey',
    keys: 2,
    columns: [
      text('outcome', 'name of the outcome'),
      text('latent', 'name of the latent, or of a block of mixed latents'),
      text('verdict', 'verdict on the latent: component, block, not-replicated, or untested'),
      numeric('difference', 'difference of the latent, in its standard deviations'),
      text('for', 'what the difference is for: one sd of the outcome, or one level instead of another one'),
      numeric('se', 'its standard error, by the design'),
      numeric('lower', 'lower end of its 95 % interval'),
      numeric('upper', 'upper end of its 95 % interval'),
      numeric('p', 'design-based p (Wald’s F test)'),
      numeric('q', 'p corrected for all tests of the table (Benjamini and Hochberg)'),
      text('result', `associated if q is at most ${MAX_Q}`),
      SUBJECTS,
      DEGREES,
    ],
    rows: rows.map((one) => [
      ...[one.outcome.name, one.unit.name, one.unit.verdict ?? 'untested'],
      ...[
        one.effect?.estimate,
        one.effect && differenceText(one.outcome),
        one.effect?.error,
        one.effect?.low,
        one.effect?.high,
        one.p,
        one.q,
      ],
      ...[outcomeText(one), one.subjects, one.degrees],
    ]),
    notes: all
      ? [
          ...notesOf(all),
          ...(outcomes.length === 0 ? ['The study has no outcomes. Write them into the study file (outcomes).'] : []),
          'Each latent is regressed on the outcome and its covariates, with the weights. Ordered outcomes enter by ' +
            'ranks. An association is not an effect.',
          BLOCKS,
        ]
      : [NO_SURVEY],
  });
}

/** Returns one row for each latent or block, and each level of a subgroup. */
export function surveyMeansTable(input: InterpretationInput): ResultTable {
  const all = surveyed(input, 'survey-means');
  const rows = all ? surveySubgroupMeans(all.input, all.survey) : [];
  return resultTable({
    name: 'survey-means',
    title: 'Means of latents in the population of the survey',
    keys: 3,
    columns: [
      text('latent', 'name of the latent, or of a block of mixed latents'),
      text('subgroup', 'column of the subgroup; empty for the whole population'),
      text('level', 'level of the subgroup'),
      text('verdict', 'verdict on the latent: component, block, not-replicated, or untested'),
      numeric('mean', 'mean in the population, in standard deviations of the subjects of the fit; empty for a block'),
      numeric('se', 'standard error of the mean, by the design'),
      numeric('lower', 'lower end of its 95 % interval'),
      numeric('upper', 'upper end of its 95 % interval'),
      numeric('p', 'p of equal means in all levels of the subgroup'),
      numeric('q', 'p corrected for all latents and subgroups (Benjamini and Hochberg)'),
      numeric('subjects', 'number of subjects with a weight and the latent'),
    ],
    rows: rows.map(({ unit, subgroup, mean, p, q, subjects }) => [
      ...[unit.name, subgroup?.name ?? '', subgroup?.level ?? '', unit.verdict ?? 'untested'],
      ...[mean?.estimate, mean?.error, mean?.low, mean?.high, p, q, subjects],
    ]),
    notes: all
      ? [
          ...notesOf(all),
          ...(all.survey.subgroups.length === 0
            ? ['Name columns in survey.subgroups to see the means of subgroups.']
            : ['Means are compared without adjustment: subgroups can differ in age, or in anything else.']),
          'A latent has no natural zero. Its mean in the subjects of the fit is about 0, and its sd is about 1.',
          BLOCKS,
        ]
      : [NO_SURVEY],
  });
}
