// The restart that was chosen in every stage of the fit, and the rule.

import { choiceOf, type Choice } from '../facts/choices.js';
import { stageTitle } from '../facts/stages.js';
import { counted, decimals, number } from '../../text/numbers.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { chartFigure, details, notice, table, type Section } from './section.js';

type Stage = ReportInput['summary']['stages'][number];

export function restartsSection({ summary }: ReportInput): Section {
  const stages = summary.stages.map((stage) => ({ stage, choice: choiceOf(stage, summary) }));
  return {
    id: 'restarts',
    title: 'Choice of restarts',
    body: [
      markup`<p>Restarts start from different random values and may end with different results. Every stage ranks its
      restarts by the measure below; lower is better. Test subjects and true latents are never used for a choice.</p>`,
      ...stages.map(({ stage, choice }) => stageRestarts(stage, choice, stages.length > 1)),
    ],
  };
}

function stageRestarts(stage: Stage, choice: Choice, named: boolean): Markup {
  const { name, objectives, chosenRestart, bestEpochs, failures } = stage;
  const { values, measure, isChosen } = choice;
  const best = values[chosenRestart] ?? NaN;
  const ended = new Set(failures.map(({ restart }) => restart));
  const additional = values === objectives ? [] : ['Validation objective'];
  return markup`${named ? markup`<h3>${stageTitle(name)}</h3>` : undefined}<p>${sentence(stage, choice)}</p>${
    failures.length > 0
      ? notice(
          markup`<p>${counted(failures.length, 'restart')} diverged and ended early: ${failures
            .map(({ restart, step, tensor }) => `restart ${restart} at step ${step}, first not finite in “${tensor}”`)
            .join('; ')}.</p>`,
          'warning',
        )
      : undefined
  }${
    objectives.length === 1
      ? undefined
      : [
          chartFigure(['restarts', { values, measure, chosen: chosenRestart }], { name: `restarts ${name}` }),
          details(
            'As a table',
            table({
              caption: `Restarts: ${stageTitle(name)}`,
              columns: [
                { title: 'Restart' },
                ...[capitalised(measure), 'Difference from the best', ...additional, 'Best epoch'].map((title) => {
                  return { title, numeric: true };
                }),
                { title: '' },
              ],
              rows: values.map((value, restart) => [
                String(restart),
                value === null ? '–' : number(value, 5),
                value === null ? '–' : restart === chosenRestart ? '' : decimals(value - best, 3),
                ...additional.map(() => number(objectives[restart] ?? NaN, 5)),
                value === null ? '–' : bestEpochs[restart] < 0 ? 'start' : String(bestEpochs[restart] + 1),
                restart === chosenRestart
                  ? markup`<strong>${isChosen ? 'chosen' : 'best'}</strong>`
                  : ended.has(restart)
                    ? 'ended early'
                    : '',
              ]),
            }),
            { onPaper: false },
          ),
        ]
  }`;
}

function sentence(
  { objectives, chosenRestart, bestEpochs }: Stage,
  { measure, values, outcome, isChosen }: Choice,
): string {
  const best = values[chosenRestart] ?? NaN;
  if (objectives.length === 1) {
    if (!isChosen) return `${capitalised(outcome)}.`;
    return `One restart. Its best ${measure} is ${number(best, 5)}, at epoch ${bestEpochs[chosenRestart] + 1}.`;
  }
  const next = Math.min(
    ...values.flatMap((value, restart) => (value === null || restart === chosenRestart ? [] : [value])),
  );
  const behind = Number.isFinite(next) ? `; the next best is higher by ${number(next - best, 2)}` : '';
  const then = isChosen ? '' : ` ${capitalised(outcome)}.`;
  const figures = `${measure}, ${number(best, 5)}${behind}`;
  return `Restart ${chosenRestart} of ${objectives.length} has the lowest ${figures}.${then}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
