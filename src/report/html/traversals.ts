// The columns of a modality along each of its latents, from −2 to 2 sd, while nothing else changes.

import { effectsChart, positionText, traversalTexts } from '../charts/effects-chart.js';
import { effectRows, worthShowing, type LatentEffects } from '../facts/effects.js';
import type { SubjectFacts } from '../facts/index.js';
import { decimals, number, signed } from '../../text/numbers.js';
import type { ReportInput } from '../input.js';
import { latentControls } from './latent-controls.js';
import { markup, type Markup } from './markup.js';
import { details, figure, table, withoutData, type Section } from './section.js';

const FIRST_SHOWN = 14;
const IN_TABLE = 6;

export function traversalsSection({ summary }: ReportInput, facts: SubjectFacts | undefined): Section {
  const title = 'Columns along each latent';
  if (facts === undefined) {
    return { id: 'traversals', title, body: withoutData('The columns along each latent') };
  }
  const { effects } = facts;
  const { steps } = facts.subjects.examination;
  const m = effects.map(({ modality }) => summary.model.modalities.findIndex(({ name }) => name === modality));
  const at = steps.indexOf(1);
  return {
    id: 'traversals',
    title,
    data: { traversals: { effects, m, steps, shown: FIRST_SHOWN } },
    body: [
      markup`<p>Move one latent to see the columns of its modality along it, in their units. The other latents of every
      subject remain unchanged; the chart shows the average over subjects. This is what the decoder has learnt, and not
      what a treatment would do.</p>`,
      latentControls({
        name: 'traversals',
        latents: effects.map(({ name }) => name),
        steps,
        at,
        step: 0.5,
        more: markup`<label class="tick"><input name="all" type="checkbox"> all columns</label>`,
      }),
      figure({
        name: 'traversal',
        svg: effectsChart(effectRows(effects[0], m[0], worthShowing(effects[0], FIRST_SHOWN)), {
          ...traversalTexts(effects[0].name, positionText(1)),
          at,
          width: 760,
        }),
        drawing: 'traversals',
        caption:
          'Line: range of the column as the latent goes from −2 to +2 sd. Ring: value at +2 sd. Dot: current value. ' +
          'In brackets: difference from the value at the latent’s mean.',
      }),
      details(
        'All latents as a table',
        effects.map((effect) => effectTable(effect, steps)),
      ),
    ],
  };
}

function effectTable({ name, columns }: LatentEffects, steps: readonly number[]): Markup {
  const middle = steps.indexOf(0);
  const last = steps.length - 1;
  return table({
    caption: name,
    quiet: false,
    columns: [
      { title: 'Column' },
      ...['−2 sd', 'mean', '+2 sd', 'change in sd'].map((title) => ({ title, numeric: true })),
    ],
    rows: columns
      .slice(0, IN_TABLE)
      .map(({ label, value, shift }) => [
        label,
        ...[0, middle, last].map((step) => number(value[step])),
        signed(shift[last] - shift[0], decimals),
      ]),
  });
}
