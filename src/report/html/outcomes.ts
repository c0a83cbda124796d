// Latents and outcomes: what is associated, in a table and in figures.

import { measureText, outcomeNotes, resultText, type OutcomeResult } from '../../interpretation/outcomes/index.js';
import { number, pPhrase, pText } from '../../text/numbers.js';
import { latentsChart } from '../charts/latents-chart.js';
import { colouredLatents, colouredText, outcomeForests, reportOutcomes, survivalFigures } from '../facts/outcomes.js';
import type { ReportInput } from '../input.js';
import { markup } from './markup.js';
import { chartFigure, details, figure, notice, table, type Section } from './section.js';

/** Maximum number of subjects in a figure, so that the page stays small, and its width. */
const MAX_SUBJECTS = 400;
const WIDTH = 720;

const UNTESTED =
  'Outcomes can be compared with out-of-fold latents only, and this fit has none. Fit again without --evidence none.';

/** Returns undefined for a study without outcomes. */
export function outcomesSection(input: ReportInput): Section | undefined {
  if (!input.subjects?.outcomes?.length) return undefined;
  const all = reportOutcomes(input);
  if (!all) return { id: 'outcomes', title: 'Latents and outcomes', body: notice(markup`<p>${UNTESTED}</p>`) };
  const { results, cautions } = all;
  const associated = results.filter((one) => resultText(one) === 'associated');
  const notes = outcomeNotes(all, input.subjects.dataset).filter((note) => !cautions.includes(note));
  return {
    id: 'outcomes',
    title: 'Latents and outcomes',
    body: [
      markup`<p>${headline(associated, results)}</p>`,
      ...cautions.map((caution) => notice(markup`<p>${caution}</p>`, 'warning')),
      ...outcomeForests(input, all).map((forest) =>
        chartFigure(['forest', forest], {
          name: forest.title.toLowerCase(),
          caption: 'Filled: associated. Hollow: no association was found.',
        }),
      ),
      ...survivalFigures(input, all).map(({ figures, p }) =>
        chartFigure(['survival', figures], {
          name: figures.title,
          caption: thirdsCaption(figures.title, p),
        }),
      ),
      ...colouredLatents(all, MAX_SUBJECTS).map((one) =>
        details(
          one.figures.title,
          // A drawing of fixed size: with the latents as data, the page would be twice as large.
          figure({
            name: one.figures.title.toLowerCase(),
            svg: latentsChart(one.figures, WIDTH),
            caption: colouredText(one, all),
          }),
        ),
      ),
      resultTable(results),
      markup`<p class="muted">${notes.join(' ')}</p>`,
    ],
  };
}

function thirdsCaption(title: string, p: number | undefined): string {
  const test = p === undefined ? 'not tested' : `log-rank ${pPhrase(p)}`;
  return (
    `${title}: share without the event (Kaplan–Meier) with 95 % intervals; short strokes are last observations. Not ` +
    `adjusted. Thirds differ: ${test}.`
  );
}

function headline(associated: readonly OutcomeResult[], results: readonly OutcomeResult[]): string {
  const tested = results.filter(({ q }) => q !== undefined);
  if (tested.length === 0) return 'No latent could be tested against an outcome.';
  if (associated.length === 0) return `No association of a latent with an outcome was found in ${tested.length} tests.`;
  return `${associated.length} of ${tested.length} tests show an association of a latent with an outcome.`;
}

function resultTable(results: readonly OutcomeResult[]) {
  return table({
    caption: 'Associations of latents with outcomes',
    columns: [
      { title: 'Outcome' },
      { title: 'Latent' },
      { title: 'Measure' },
      { title: 'Estimate', numeric: true },
      { title: 'Subjects', numeric: true },
      { title: 'p', numeric: true },
      { title: 'q', numeric: true },
      { title: 'Result' },
    ],
    rows: results.map((one) => [
      one.outcome.name,
      `${one.unit.name}${one.unit.verdict === 'not-replicated' ? ' (not replicated)' : ''}`,
      measureText(one),
      estimateText(one),
      one.events === undefined ? String(one.units) : `${one.units} (${one.events} events)`,
      pText(one.p),
      pText(one.q),
      resultText(one),
    ]),
  });
}

function estimateText({ estimate, lower, upper }: OutcomeResult): string {
  if (estimate === undefined) return '–';
  return lower === undefined || upper === undefined
    ? number(estimate)
    : `${number(estimate)} (${number(lower)} to ${number(upper)})`;
}
