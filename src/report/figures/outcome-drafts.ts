// Figures of latents and outcomes: forest plots, survival curves, and subjects coloured by an outcome.

import { outcomeNotes, type OutcomeResults } from '../../interpretation/outcomes/index.js';
import { pText } from '../../text/numbers.js';
import { forestChart } from '../charts/forest-chart.js';
import { latentsChart } from '../charts/latents-chart.js';
import { survivalChart } from '../charts/survival-chart.js';
import { colouredLatents, colouredText, outcomeForests, reportOutcomes, survivalFigures } from '../facts/outcomes.js';
import { fileName, notice, sentences, type Draft, type FiguresInput } from './draft.js';

/** Maximum number of drawn subjects. */
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
      name: figures.name,
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
function coloured(all: OutcomeResults): Draft[] {
  return colouredLatents(all, MAX_SUBJECTS).map((one): Draft => {
    const { outcome, figures, isFound } = one;
    return {
      name: fileName(`latents-by-${outcome.name}`),
      title: figures.title,
      finding: isFound ? 'shown' : 'none',
      caption: colouredText(one, all),
      drawing: (width) => latentsChart(figures, width),
    };
  });
}
