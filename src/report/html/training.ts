// The section on training: losses by stage, term and restart; learning rate, sparsity weight and phases.

import { scheduleChart } from '../charts/schedule-chart.js';
import { lossCurves, lossHistories, type LossHistory } from '../facts/losses.js';
import { stagePurpose, stageTitle } from '../facts/stages.js';
import { count, counted, duration, number } from '../../text/numbers.js';
import { lossSvg } from '../loss-svg.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { details, figure, notice, table, type Section } from './section.js';

export function trainingSection({ summary, history }: ReportInput): Section {
  const title = 'Training';
  const chosen = new Map<string, number>(summary.stages.map((stage) => [stage.name, stage.chosenRestart]));
  const losses = lossHistories(history, chosen);
  if (losses.length === 0) {
    return { id: 'training', title, body: notice(markup`<p>The RUN folder has no record of its epochs.</p>`) };
  }
  const shown = losses[0];
  const [from, to] = [shown.epochs[0], shown.epochs[shown.epochs.length - 1]];
  const best = new Map<string, number>(
    summary.stages.map((stage) => [stage.name, stage.bestEpochs[stage.chosenRestart] + 1]),
  );
  const stages = losses.length > 1 ? ` in ${counted(losses.length, 'stage')}` : '';
  return {
    id: 'training',
    title,
    data: { losses },
    body: [
      markup`<p>The fit took ${duration(summary.seconds)}${stages}. Every stage starts from the results of earlier
      stages and trains its restarts together. Restarts differ in their initial values. Lower losses are better.
      <a href="#restarts">The rule that chooses a restart</a> differs between stages.</p>`,
      table({
        caption: 'Stages of the fit',
        columns: [
          { title: 'Stage' },
          ...['Restarts', 'Epochs', 'Time'].map((name) => ({ title: name, numeric: true })),
        ],
        rows: summary.stages.map((stage) => [
          markup`${stageTitle(stage.name)}<span class="words">${stagePurpose(
            stage.name,
            summary.causes !== undefined,
          )}</span>`,
          count(stage.objectives.length),
          count(stage.epochs),
          duration(stage.seconds),
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
        caption: 'Dotted lines: beginnings of phases.',
      }),
      details(
        'Losses of the chosen restarts at their best epochs',
        losses.map((stage) => bestValues(stage, best.get(stage.stage)!)),
      ),
    ],
  };
}

/** Caption of the chart of losses: how to zoom, and the range of its frame. */
export const lossCaption = markup`<span><span class="hint">Drag over the chart, or change the epochs above, to zoom.
</span>The frame fits the losses after the first tenth of the shown epochs.</span>`;

export function lossControls(losses: readonly LossHistory[]): Markup {
  const [{ terms, epochs, chosen }] = losses;
  const chosenIsKnown = chosen >= 0;
  const [from, to] = [epochs[0], epochs[epochs.length - 1]];
  return markup`<form class="controls needs-script" data-controls="losses">
<label${losses.length === 1 ? markup` hidden` : undefined}>Stage <select name="stage">${losses.map(
    ({ stage, title }) => markup`<option value="${stage}">${title}</option>`,
  )}</select></label>
<label>Term <select name="term">${terms.map(
    ({ name, title }) => markup`<option value="${name}">${title}</option>`,
  )}</select></label>
<label>Scale <select name="scale"><option value="auto">automatic</option><option value="linear">linear</option><option
value="log">logarithmic</option></select></label>
<span class="range"><label>Epochs <input name="from" type="number" min="${from}" max="${to}"
value="${from}"></label><label>to <input name="to" type="number" min="${from}" max="${to}" value="${to}"></label>
<button type="button" class="quiet" data-whole>All epochs</button></span>
${chosenIsKnown ? markup`<label class="tick"><input name="onlyChosen" type="checkbox"> chosen restart</label>` : ''}
</form>`;
}

function bestValues({ title, terms, epochs, chosen }: LossHistory, best: number): Markup {
  // Long histories are thinned. The nearest remaining epoch represents the best one.
  const k = epochs.reduce(
    (nearest, epoch, i) => (Math.abs(epoch - best) < Math.abs(epochs[nearest] - best) ? i : nearest),
    0,
  );
  return table({
    caption: `${title}: restart ${chosen} at epoch ${epochs[k]}`,
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
