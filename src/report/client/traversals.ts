// Charts of the effect of a latent on the columns of its modality, and of intervening on it.

import { interventionTexts, traversalTexts } from '../charts/effects-chart.js';
import { effectRows, worthShowing } from '../facts/effects.js';
import { consequenceRows } from '../facts/interventions.js';
import type { InterventionsData, TraversalsData } from '../html/page-data.js';
import { latentChart } from './latent-chart.js';

export function traversals({ effects, m, steps, shown }: TraversalsData): void {
  latentChart('traversals', steps, ({ latent, position, controls }) => {
    const columns = controls.checked('all') ? effects[latent].columns.length : worthShowing(effects[latent], shown);
    return {
      texts: traversalTexts(effects[latent].name, position),
      rows: effectRows(effects[latent], m[latent], columns),
    };
  });
}

export function interventions({ latents, steps }: InterventionsData): void {
  latentChart('interventions', steps, ({ latent, at, position }) => ({
    texts: interventionTexts(latents[latent].name, position),
    rows: consequenceRows(latents[latent]),
    note: latents[latent].beyond[at] ? ', beyond the training data' : '',
  }));
}
