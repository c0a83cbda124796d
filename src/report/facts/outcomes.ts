// Figures of the associations of latents with outcomes: forest plots, survival by thirds, and coloured subjects.

import {
  outcomeResults,
  survivalByThirds,
  THIRDS,
  type OutcomeResult,
  type OutcomeResults,
  type OutcomeUnit,
} from '../../interpretation/outcomes/index.js';
import { measureText, resultText } from '../../interpretation/outcomes/text.js';
import { knownScores } from '../../evidence/known-scores.js';
import { listed, pText } from '../../text/numbers.js';
import type { ForestFigures, ForestRow } from '../charts/forest-chart.js';
import type { LatentsFigures } from '../charts/latents-chart.js';
import type { SurvivalFigures } from '../charts/survival-chart.js';
import type { MeasuredOutcome, Outcome } from '../../data/outcomes.js';
import type { ReportInput, ReportSubjects } from '../input.js';

/** Maximum number of rows of a forest plot, and of drawn sets of survival curves. */
const MAX_ROWS = 40;
const MAX_CURVES = 6;

/** A fit, and its subjects with outcomes. */
export interface OutcomesInput extends Pick<ReportInput, 'graph' | 'summary'> {
  readonly subjects?:
    | Pick<ReportSubjects, 'dataset' | 'labels' | 'outcomes' | 'batches' | 'outOfFold' | 'inspection'>
    | undefined;
}

/** Returns the results; undefined without outcomes or out-of-fold latents. */
export function reportOutcomes({ graph, summary, subjects }: OutcomesInput): OutcomeResults | undefined {
  const { outcomes = [], outOfFold, dataset, batches, inspection } = subjects ?? {};
  const isSurvey = inspection?.survey !== undefined;
  if (outcomes.length === 0 || !outOfFold || !dataset) return undefined;
  return outcomeResults({ graph, summary, dataset, outcomes, batches, isSurvey, outOfFold });
}

/** Measures that are shares of variance. */
const SHARES: readonly OutcomeResult['measure'][] = ['eta2', 'r2', 'wilks'];

/** A forest plot with a name for files. */
export type OutcomeForest = ForestFigures & { readonly name: string };

/** Returns the forest plots: correlations, hazard ratios, and shares of variance. A plot without rows is left out. */
export function outcomeForests({ summary }: OutcomesInput, { results }: OutcomeResults): OutcomeForest[] {
  const positionOf = (name: string) => summary.model.modalities.findIndex((one) => one.name === name);
  const rowsOf = (measures: readonly OutcomeResult['measure'][]): ForestRow[] =>
    withSmallestP(results.filter(({ measure, estimate }) => measures.includes(measure) && estimate !== undefined)).map(
      (one, k, rows): ForestRow => {
        const { outcome, unit, estimate = NaN, lower, upper } = one;
        return {
          ...(rows[k - 1]?.outcome !== outcome && { heading: outcome.name }),
          title: unitText(unit),
          modalities: [positionOf(unit.modality)],
          interval: { estimate, lower: lower ?? estimate, upper: upper ?? estimate },
          isPoint: lower === undefined || upper === undefined,
          supported: resultText(one) === 'associated',
          words: `${resultText(one)}, q ${pText(one.q)}`,
        };
      },
    );
  const correlations = {
    name: 'outcomes-correlations',
    title: 'Latents and outcomes: correlations',
    axis: 'r or ρ, and its 95 % interval',
    description: 'Correlations of out-of-fold latents with outcomes.',
    ends: [-0.5, 0.5] as const,
    rows: rowsOf(['r', 'rho']),
  };
  const ratios = {
    name: 'outcomes-hazards',
    title: 'Latents and outcomes: hazard ratios',
    axis: 'hazard ratio for one standard deviation, and its 95 % interval',
    description: 'Hazard ratios of out-of-fold latents.',
    isRatio: true,
    ends: [0.5, 2] as const,
    rows: rowsOf(['hazard-ratio']),
  };
  const shares = {
    name: 'outcomes-shares',
    title: 'Latents and outcomes: shares of variance',
    axis: listed([...new Set(results.filter(({ measure }) => SHARES.includes(measure)).map(measureText))]),
    description: 'Outcomes with levels, and joint tests of blocks.',
    ends: [0, 0.5] as const,
    rows: rowsOf(SHARES),
  };
  return [correlations, ratios, shares].filter(({ rows }) => rows.length > 0);
}

/** Returns the results with the smallest p, in the given order. */
function withSmallestP(results: readonly OutcomeResult[]): OutcomeResult[] {
  const first = new Set([...results].sort((a, b) => (a.p ?? 1) - (b.p ?? 1)).slice(0, MAX_ROWS));
  return results.filter((one) => first.has(one));
}

function unitText({ name, verdict }: OutcomeUnit): string {
  return verdict === 'not-replicated' ? `${name} (not replicated)` : name;
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

/** Maximum number of coloured figures, and of levels with a colour. */
const MAX_COLOURED = 4;
const MAX_LEVELS = 8;

/** Subjects by their latents, coloured by an outcome. */
export interface ColouredLatents {
  readonly outcome: MeasuredOutcome;
  readonly figures: LatentsFigures;
  /** True if a latent is associated with the outcome. */
  readonly isFound: boolean;
}

/**
 * Returns a figure for each outcome with one value per subject.
 * @param maxSubjects more subjects are thinned out evenly
 */
export function colouredLatents({ results, units }: OutcomeResults, maxSubjects: number): ColouredLatents[] {
  return [...new Set(results.map(({ outcome }) => outcome))]
    .filter((one): one is MeasuredOutcome => isColoured(one))
    .slice(0, MAX_COLOURED)
    .map((outcome) => ({
      outcome,
      figures: latentsBy(outcome, units, maxSubjects),
      isFound: results.some((one) => one.outcome === outcome && resultText(one) === 'associated'),
    }));
}

function isColoured(outcome: Outcome): boolean {
  if (outcome.kind === 'time-to-event') return false;
  return outcome.kind !== 'categorical' || (outcome.levels?.length ?? 0) <= MAX_LEVELS;
}

/** Returns one panel for each modality: its first two latents, or its only one. */
function latentsBy(outcome: MeasuredOutcome, units: readonly OutcomeUnit[], maxSubjects: number): LatentsFigures {
  const rows = [...outcome.values.keys()].filter((row) => {
    return !Number.isNaN(outcome.values[row]) && units.some(({ latents }) => !Number.isNaN(latents[0][row]));
  });
  const step = Math.max(1, rows.length / maxSubjects);
  const shown = Array.from({ length: Math.ceil(rows.length / step) }, (_, k) => rows[Math.floor(k * step)]);
  // Many ordered levels are coloured as numbers are.
  const levels = (outcome.levels?.length ?? 0) <= MAX_LEVELS ? outcome.levels : undefined;
  const values = levels ? outcome.values : knownScores(outcome.values);
  const modalities = [...new Set(units.map(({ modality }) => modality))];
  return {
    title: `Latents and ${outcome.name}`,
    variable: outcome.name,
    levels,
    firstColour: modalities.length,
    values: shown.map((row) => rounded(values[row])),
    panels: modalities.map((modality) => {
      const latents = units
        .filter((unit) => unit.modality === modality)
        .flatMap((unit) => unit.latents.map((ofSubject, k) => ({ ofSubject, name: latentName(unit, k) })))
        .slice(0, 2);
      return {
        title: modality,
        axes: latents.map(({ name }) => name),
        points: latents.map(({ ofSubject }) => shown.map((row) => rounded(ofSubject[row]))),
      };
    }),
  };
}

function rounded(value: number): number {
  return Math.round(1000 * value) / 1000;
}

/** Returns the name of a latent of a unit. The name of a block is `modality.z1|z2`. */
function latentName({ name, latents }: OutcomeUnit, k: number): string {
  if (latents.length === 1) return name;
  const at = name.lastIndexOf('.');
  return `${name.slice(0, at + 1)}${name.slice(at + 1).split('|')[k]}`;
}

/** Returns what a reader of the coloured figure must know. */
export function colouredText({ outcome, isFound }: ColouredLatents, { units }: OutcomeResults): string {
  const { name, measuredIn } = outcome;
  return [
    `Subjects by out-of-fold latents of each modality, coloured by ${name}.`,
    ...(units.some(({ isBlock }) => isBlock)
      ? ['Two axes of a block are arbitrary: only their plane has a meaning.']
      : []),
    ...(measuredIn.length > 0 ? [`${measuredIn.join(', ')}: latents were made from a copy of the outcome.`] : []),
    isFound ? 'The figure of outcomes has the tests.' : 'No association was found at a false discovery rate of 5 %.',
  ].join(' ');
}
