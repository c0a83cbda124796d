// The effect of each latent on the columns of its modality, as it moves from −2 to 2 sd and nothing else changes.

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
  const title = 'Effects of the latents on columns';
  if (facts === undefined) {
    return { id: 'traversals', title, body: withoutData('The effects of latents on their columns') };
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
      markup`<p>Move one latent to see its effect on the columns of its modality, in their units. The other latents of
      every subject remain unchanged; the chart shows the average over subjects. This is what the decoder has learnt. It
      is not the effect of a treatment, because causes outside the study can be involved.</p>`,
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
