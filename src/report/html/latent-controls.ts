// The form above a chart of one latent. It chooses the latent and its position.

import { positionText } from '../charts/effects-chart.js';
import { markup, type Markup, type Part } from './markup.js';

export interface LatentControls {
  /** Name of the form, for the page's script. */
  readonly name: string;
  readonly latents: readonly string[];
  /** Positions of the slider, in sd. */
  readonly steps: readonly number[];
  /** Initial position of the slider, and its step, both in units of `steps`. */
  readonly at: number;
  readonly step: number;
  readonly more?: Part;
}

export function latentControls({ name, latents, steps, at, step, more }: LatentControls): Markup {
  return markup`<form class="controls needs-script" data-controls="${name}">
<label>Latent <select name="latent">${latents.map(
    (latent, i) => markup`<option value="${i}">${latent}</option>`,
  )}</select></label>
<label class="wide">Position <input name="at" type="range" min="0" max="${steps.length - 1}" step="${step}"
value="${at}"><output name="position">${positionText(steps[at])}</output></label>
${more}
</form>`;
}
