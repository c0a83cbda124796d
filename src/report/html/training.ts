// How training went: losses by part, term and run, zoomable; learning rate, sparsity weight, stages.

import { scheduleChart } from '../charts/schedule-chart.js';
import { lossCurves, lossHistories, type LossHistory } from '../facts/losses.js';
import { partPurpose, partTitle } from '../facts/parts.js';
import { count, counted, duration, number } from '../../format.js';
import { lossSvg } from '../loss-svg.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { details, figure, notice, table, type Section } from './section.js';

export function trainingSection({ summary, history }: ReportInput): Section {
  const title = 'How training went';
  const chosen = new Map<string, number>(summary.parts.map((part) => [part.name, part.chosenRun]));
  const losses = lossHistories(history, chosen);
  if (losses.length === 0) {
    return { id: 'training', title, body: notice(markup`<p>The run holds no record of its epochs.</p>`) };
  }
  const shown = losses[0];
  const [from, to] = [shown.epochs[0], shown.epochs[shown.epochs.length - 1]];
  const best = new Map<string, number>(summary.parts.map((part) => [part.name, part.bestEpochs[part.chosenRun] + 1]));
  const parts = losses.length > 1 ? `, in ${counted(losses.length, 'part')} that build on one another` : '';
  return {
    id: 'training',
    title,
    data: { losses },
    body: [
      markup`<p>The fit took ${duration(summary.seconds)}${parts}. Every part trains its runs together, as one program;
      runs differ in their random start. Lower is better everywhere; <a href="#runs">which rule chose a run</a> differs
      between stages.</p>`,
      table({
        caption: 'Parts of the fit',
        columns: [{ title: 'Part' }, ...['Runs', 'Epochs', 'Time'].map((name) => ({ title: name, numeric: true }))],
        rows: summary.parts.map((part) => [
          markup`${partTitle(part.name)}<span class="words">${partPurpose(part.name)}</span>`,
          count(part.objectives.length),
          count(part.epochs),
          duration(part.seconds),
        ]),
      }),
      lossControls(losses),
      figure({
        name: 'losses',
        svg: lossSvg(lossCurves(shown, { term: shown.terms[0].name, from, to, onlyChosen: false }), {
          title: shown.terms[0].title,
          chosen: shown.chosen,
          theme: 'page',
        }),
        drawing: 'losses',
        caption: lossCaption,
      }),
      figure({
        name: 'schedule',
        svg: scheduleChart(shown, { from, to, width: 760 }),
        drawing: 'schedule',
        caption: 'Dotted lines: where a stage of the schedule begins.',
      }),
      details(
        'Losses of the chosen runs at their best epochs',
        losses.map((part) => bestValues(part, best.get(part.part)!)),
      ),
    ],
  };
}

/** Of the chart of losses: how to look closer, and what its frame leaves out. */
export const lossCaption = markup`<span><span class="hint">Drag over the chart, or change the epochs above, to look
closer. </span>The frame fits what comes after the first tenth of the epochs shown.</span>`;

export function lossControls(losses: readonly LossHistory[]): Markup {
  const [{ terms, epochs, chosen }] = losses;
  const chosenIsKnown = chosen >= 0;
  const [from, to] = [epochs[0], epochs[epochs.length - 1]];
  return markup`<form class="controls needs-script" data-controls="losses">
<label${losses.length === 1 ? markup` hidden` : undefined}>Part <select name="part">${losses.map(
    ({ part, title }) => markup`<option value="${part}">${title}</option>`,
  )}</select></label>
<label>Term <select name="term">${terms.map(
    ({ name, title }) => markup`<option value="${name}">${title}</option>`,
  )}</select></label>
<label>Scale <select name="scale"><option value="auto">automatic</option><option value="linear">linear</option><option
value="log">logarithmic</option></select></label>
<span class="range"><label>Epochs <input name="from" type="number" min="${from}" max="${to}"
value="${from}"></label><label>to <input name="to" type="number" min="${from}" max="${to}" value="${to}"></label>
<button type="button" class="quiet" data-whole>All epochs</button></span>
${chosenIsKnown ? markup`<label class="tick"><input name="onlyChosen" type="checkbox"> chosen run only</label>` : ''}
</form>`;
}

function bestValues({ title, terms, epochs, chosen }: LossHistory, best: number): Markup {
  // Long fits are thinned; the nearest epoch that was kept stands for the best one.
  const k = epochs.reduce(
    (nearest, epoch, i) => (Math.abs(epoch - best) < Math.abs(epochs[nearest] - best) ? i : nearest),
    0,
  );
  return table({
    caption: `${title}: run ${chosen} at epoch ${epochs[k]}`,
    quiet: false,
    columns: [{ title: 'Term' }, { title: 'Training', numeric: true }, { title: 'Validation', numeric: true }],
    rows: terms.map(({ title: name, training, validation }) => [
      name,
      value(training[chosen]?.[k]),
      value(validation[chosen]?.[k]),
    ]),
  });
}

function value(loss: number | null | undefined): string {
  return loss === null || loss === undefined ? '–' : number(loss, 4);
}
