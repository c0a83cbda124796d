// Figures of latents and outcomes. Forest plots and survival curves are those of the report; subjects by their latents,
// coloured by an outcome, are drawn for papers only, because a report on many people would be too large.

import { knownScores } from '../../evidence/known-scores.js';
import type { MeasuredOutcome, Outcome } from '../../data/outcomes.js';
import { MAX_Q, outcomeNotes, type OutcomeResults } from '../../interpretation/outcomes/index.js';
import { pText } from '../../text/numbers.js';
import { forestChart } from '../charts/forest-chart.js';
import { latentsChart, type LatentsFigures } from '../charts/latents-chart.js';
import { survivalChart } from '../charts/survival-chart.js';
import { outcomeForests, reportOutcomes, survivalFigures } from '../facts/outcomes.js';
import { notice, type Draft, type FiguresInput } from './draft.js';
import { fileName, sentences } from './named-rows.js';

/** Maximum number of coloured figures, of levels with a colour, and of drawn subjects. */
const MAX_COLOURED = 4;
const MAX_LEVELS = 8;
const MAX_SUBJECTS = 1500;
const MIN_PLOT = 110;

/** Returns the figures; nothing for a study without outcomes, or for a fit without out-of-fold latents. */
export function outcomeFigures(input: FiguresInput): Draft[] {
  const { subjects } = input;
  const all = reportOutcomes(input);
  if (!all || !subjects) return [];
  const notes = outcomeNotes(all, subjects.dataset);
  return [...forests(input, all, notes), ...survival(input, all), ...coloured(all)];
}

function forests(input: FiguresInput, all: OutcomeResults, notes: readonly string[]): Draft[] {
  return outcomeForests(input, all).map((figures): Draft => {
    const isFound = figures.rows.some(({ supported }) => supported);
    return {
      name: figures.isRatio ? 'outcomes-hazards' : 'outcomes-correlations',
      title: figures.title,
      finding: isFound ? 'shown' : 'none',
      caption: sentences(
        isFound
          ? 'Filled: associated at a false discovery rate of 5 %. Hollow: no association was found.'
          : 'No association was found at a false discovery rate of 5 %.',
        ...notes,
      ),
      drawing: (width) => forestChart({ ...figures, minPlot: MIN_PLOT }, width),
    };
  });
}

function survival(input: FiguresInput, all: OutcomeResults): Draft[] {
  if (!all.results.some(({ outcome }) => outcome.kind === 'time-to-event')) return [];
  const drawn = survivalFigures(input, all);
  if (drawn.length === 0) {
    const draft = { name: 'survival', title: 'Survival by thirds of a latent', finding: 'none' } as const;
    return [notice(draft, 'No single latent is associated with survival at a false discovery rate of 5 %.')];
  }
  return drawn.map(({ figures, p, result }): Draft => ({
    name: fileName(`survival-${result.outcome.name}-${result.unit.name}`),
    title: figures.title,
    finding: 'shown',
    caption:
      `Share without the event in thirds of out-of-fold ${result.unit.name} (Kaplan–Meier), with 95 % intervals. ` +
      `Strokes: last observations. Not adjusted. Log-rank test between thirds: p ${pText(p)}. An association is not ` +
      'an effect: other causes of both can explain it.',
    drawing: (width) => survivalChart(figures, width),
  }));
}

/** Subjects by their latents, coloured by each outcome with one value per subject. */
function coloured({ results, units }: OutcomeResults): Draft[] {
  return [...new Set(results.map(({ outcome }) => outcome))]
    .filter((one): one is MeasuredOutcome => isColoured(one))
    .slice(0, MAX_COLOURED)
    .map((outcome): Draft => {
      const figures = figuresOf(outcome, units);
      const isFound = results.some((one) => one.outcome === outcome && (one.q ?? 1) <= MAX_Q);
      const circular = outcome.measuredIn;
      return {
        name: fileName(`latents-by-${outcome.name}`),
        title: `Latents and ${outcome.name}`,
        finding: isFound ? 'shown' : 'none',
        caption: sentences(
          `Subjects by out-of-fold latents of each modality, coloured by ${outcome.name}.`,
          ...(units.some(({ isBlock }) => isBlock)
            ? ['Two axes of a block are arbitrary: only their plane has a meaning.']
            : []),
          ...(circular.length > 0 ? [`${circular.join(', ')}: latents were made from a copy of the outcome.`] : []),
          isFound
            ? 'The figure of outcomes has the tests.'
            : 'No association was found at a false discovery rate of 5 %.',
        ),
        drawing: (width) => latentsChart(figures, width),
      };
    });
}

function isColoured(outcome: Outcome): boolean {
  if (outcome.kind === 'time-to-event') return false;
  return outcome.levels === undefined || outcome.levels.length <= MAX_LEVELS;
}

/** Returns one panel for each modality: its first two latents, or its only one. */
function figuresOf(outcome: MeasuredOutcome, units: OutcomeResults['units']): LatentsFigures {
  const rows = [...outcome.values.keys()].filter((row) => {
    return !Number.isNaN(outcome.values[row]) && units.some(({ latents }) => !Number.isNaN(latents[0][row]));
  });
  const step = Math.max(1, rows.length / MAX_SUBJECTS);
  const shown = Array.from({ length: Math.ceil(rows.length / step) }, (_, k) => rows[Math.floor(k * step)]);
  const values = outcome.levels ? outcome.values : knownScores(outcome.values);
  return {
    title: `Latents and ${outcome.name}`,
    variable: outcome.name,
    levels: outcome.levels,
    firstColour: new Set(units.map(({ modality }) => modality)).size,
    values: shown.map((row) => values[row]),
    panels: [...new Set(units.map(({ modality }) => modality))].map((modality) => {
      const latents = units
        .filter((unit) => unit.modality === modality)
        .flatMap((unit) => unit.latents.map((ofSubject, k) => ({ ofSubject, name: nameOf(unit, k) })))
        .slice(0, 2);
      return {
        title: modality,
        axes: latents.map(({ name }) => name),
        points: latents.map(({ ofSubject }) => shown.map((row) => ofSubject[row])),
      };
    }),
  };
}

/** Returns the name of a latent of a unit. The name of a block is `modality.z1|z2`. */
function nameOf({ name, latents }: OutcomeResults['units'][number], k: number): string {
  if (latents.length === 1) return name;
  const at = name.lastIndexOf('.');
  return `${name.slice(0, at + 1)}${name.slice(at + 1).split('|')[k]}`;
}
