// The form over a chart that follows one latent: which latent, and where it stands.

import { positionText } from '../charts/effects-chart.js';
import { markup, type Markup, type Part } from './markup.js';

export interface LatentControls {
  /** Of the form, for the page's script. */
  readonly name: string;
  readonly latents: readonly string[];
  /** In sd. */
  readonly steps: readonly number[];
  /** Where the slider stands at first, and its step, both in steps. */
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
