// Which run was chosen in every part of the fit, and why.

import { runsChart } from '../charts/runs-chart.js';
import { partTitle } from '../facts/parts.js';
import { counted, decimals, number } from '../../format.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { details, figure, notice, table, type Section } from './section.js';

type Part = ReportInput['summary']['parts'][number];

export function runsSection({ summary: { parts } }: ReportInput): Section {
  return {
    id: 'runs',
    title: 'Which run was chosen, and why',
    data: { runs: parts.map(({ name, objectives, chosenRun }) => ({ part: name, objectives, chosen: chosenRun })) },
    body: [
      markup`<p>Runs start from different random values and may end in different places.
      ${parts.length > 1 ? 'Each part goes on with' : 'The fit keeps'} the run whose validation objective is lowest.
      No true latents, and no held-out subject, had a say.</p>`,
      ...parts.map((part) => partRuns(part, parts.length > 1)),
    ],
  };
}

function partRuns(part: Part, named: boolean): Markup {
  const { name, objectives, chosenRun, bestEpochs, failures } = part;
  const best = objectives[chosenRun] ?? NaN;
  const ended = new Set(failures.map(({ run }) => run));
  return markup`${named ? markup`<h3>${partTitle(name)}</h3>` : undefined}<p>${sentence(part)}</p>${
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
          figure({ name: `runs ${name}`, svg: runsChart(objectives, chosenRun, 760), drawing: `runs-${name}` }),
          details(
            'As a table',
            table({
              caption: `Runs: ${partTitle(name)}`,
              columns: [
                { title: 'Run' },
                ...['Validation objective', 'Behind the best', 'Best epoch'].map((title) => ({ title, numeric: true })),
                { title: '' },
              ],
              rows: objectives.map((value, run) => [
                String(run),
                value === null ? '–' : number(value, 5),
                value === null ? '–' : run === chosenRun ? '' : decimals(value - best, 3),
                value === null ? '–' : bestEpochs[run] < 0 ? 'start' : String(bestEpochs[run] + 1),
                run === chosenRun ? markup`<strong>chosen</strong>` : ended.has(run) ? 'ended early' : '',
              ]),
            }),
            { onPaper: false },
          ),
        ]
  }`;
}

function sentence({ name, objectives, chosenRun, bestEpochs }: Part): string {
  const best = objectives[chosenRun] ?? NaN;
  if (name === 'polish' && bestEpochs[chosenRun] < 0) {
    return 'It came to nothing better; what the parts before it found stays as it is.';
  }
  if (objectives.length === 1) {
    return `One run; its best validation objective is ${number(best, 5)}, at epoch ${bestEpochs[chosenRun] + 1}.`;
  }
  const next = Math.min(...objectives.flatMap((value, run) => (value === null || run === chosenRun ? [] : [value])));
  return (
    `Run ${chosenRun} of ${objectives.length}, with ` +
    `${number(best, 5)}${Number.isFinite(next) ? `; the next best is ${number(next - best, 2)} behind` : ''}.`
  );
}
