// The latents of series: curves from −2 to +2 sd, and the times when each latent acts. Subjects are shown on request.

import { reachOf, subjectPanels, traversalPanels } from '../facts/curves.js';
import type { ArrayFacts } from '../facts/regular-arrays.js';
import { STEPS_SHOWN, stepText } from '../facts/steps-shown.js';
import { counted, number } from '../../text/numbers.js';
import { ACTS, divergingColour, hex } from '../scale-colours.js';
import { markup, type Markup } from './markup.js';
import { chartFigure, details } from './section.js';

export function seriesLooks(facts: ArrayFacts<'series'>, steps: readonly number[]): readonly Markup[] {
  const { latents, shown, modality, m } = facts;
  return [
    legend(facts),
    ...latents.map((latent) => {
      const { name, shiftInvariant } = latent;
      const note = shiftInvariant ? markup` <span class="aside">shift-invariant: declared</span>` : undefined;
      const drawn = chartFigure(['panels', traversalPanels(facts, latent, steps)], { name: `series-${name}` });
      return markup`<h4><span class="dot m${m % 8}"></span>${name}${note}</h4>${drawn}`;
    }),
    ...(shown.length === 0
      ? []
      : [
          details(`${counted(shown.length, 'held-out subject')} and their reconstructions`, [
            markup`<p>Grey: the recording. Orange: its reconstruction from latents and private noise. Blue: that from
            latents alone, with private noise at its mean. These are recordings of single people: protect this page
            like the recordings.</p>`,
            chartFigure(['panels', subjectPanels(facts)], { name: `series-${modality}-subjects` }),
          ]),
        ]),
  ];
}

function legend({ latents }: ArrayFacts): Markup {
  const reach = reachOf(latents.map(({ attribution }) => attribution));
  const last = STEPS_SHOWN[STEPS_SHOWN.length - 1];
  return markup`<ul class="legend"><li><span>the latent at</span> ${STEPS_SHOWN.map(
    (sds) => markup`<span class="step"><span class="stroke" aria-hidden="true"
style="--from:${divergingColour(sds / last)}"></span> ${stepText(sds)}</span> `,
  )}</li>
<li><span>band below, times when it acts:</span> <span class="scale">up to ${number(reach)} sd per sd
<span class="stroke" aria-hidden="true" style="--from:${hex(ACTS)}"></span></span></li></ul>`;
}
