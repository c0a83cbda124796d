// Which run was chosen in every stage of the fit, and by which rule.

import { runsChart } from '../charts/runs-chart.js';
import { choiceOf, type Choice } from '../facts/choices.js';
import { partTitle } from '../facts/parts.js';
import { counted, decimals, number } from '../../format.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { details, figure, notice, table, type Section } from './section.js';

type Part = ReportInput['summary']['parts'][number];

export function runsSection({ summary }: ReportInput): Section {
  const { parts } = summary;
  const stages = parts.map((part) => ({ part, choice: choiceOf(part, summary) }));
  return {
    id: 'runs',
    title: 'Which run was chosen, and why',
    data: {
      runs: stages.map(({ part, choice: { values, measure } }) => {
        return { part: part.name, values, measure, chosen: part.chosenRun };
      }),
    },
    body: [
      markup`<p>Runs start from different random values and may end in different places. Every stage ranks its runs by
      the rule that it names; lower is better. No true latents and no held-out subject had a say.</p>`,
      ...stages.map(({ part, choice }) => partRuns(part, choice, parts.length > 1)),
    ],
  };
}

function partRuns(part: Part, choice: Choice, named: boolean): Markup {
  const { name, objectives, chosenRun, bestEpochs, failures } = part;
  const { values, measure, isChosen } = choice;
  const best = values[chosenRun] ?? NaN;
  const ended = new Set(failures.map(({ run }) => run));
  const others = values === objectives ? [] : ['Validation objective'];
  return markup`${named ? markup`<h3>${partTitle(name)}</h3>` : undefined}<p>${sentence(part, choice)}</p>${
    failures.length > 0
      ? notice(
          markup`<p>${counted(failures.length, 'run')} left the finite numbers and ended early: ${failures
            .map(({ run, step, tensor }) => `run ${run} at step ${step}, first in “${tensor}”`)
            .join('; ')}.</p>`,
          'warning',
        )
      : undefined
  }${
    objectives.length === 1
      ? undefined
      : [
          figure({
            name: `runs ${name}`,
            svg: runsChart({ values, measure, chosen: chosenRun, width: 760 }),
            drawing: `runs-${name}`,
          }),
          details(
            'As a table',
            table({
              caption: `Runs: ${partTitle(name)}`,
              columns: [
                { title: 'Run' },
                ...[capitalised(measure), 'Behind the best', ...others, 'Best epoch'].map((title) => {
                  return { title, numeric: true };
                }),
                { title: '' },
              ],
              rows: values.map((value, run) => [
                String(run),
                value === null ? '–' : number(value, 5),
                value === null ? '–' : run === chosenRun ? '' : decimals(value - best, 3),
                ...others.map(() => number(objectives[run] ?? NaN, 5)),
                value === null ? '–' : bestEpochs[run] < 0 ? 'start' : String(bestEpochs[run] + 1),
                run === chosenRun
                  ? markup`<strong>${isChosen ? 'chosen' : 'best'}</strong>`
                  : ended.has(run)
                    ? 'ended early'
                    : '',
              ]),
            }),
            { onPaper: false },
          ),
        ]
  }`;
}

function sentence({ objectives, chosenRun, bestEpochs }: Part, { measure, values, outcome, isChosen }: Choice): string {
  const best = values[chosenRun] ?? NaN;
  if (objectives.length === 1) {
    if (!isChosen) return `${capitalised(outcome)}.`;
    return `One run; its best ${measure} is ${number(best, 5)}, at epoch ${bestEpochs[chosenRun] + 1}.`;
  }
  const next = Math.min(...values.flatMap((value, run) => (value === null || run === chosenRun ? [] : [value])));
  const behind = Number.isFinite(next) ? `; the next best is ${number(next - best, 2)} behind` : '';
  const then = isChosen ? '' : ` ${capitalised(outcome)}.`;
  return `Run ${chosenRun} of ${objectives.length} has the lowest ${measure}, ${number(best, 5)}${behind}.${then}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
