// Random causal orders. If the order of the latents is unknown, every run has a random order, which is not trained. The
// runs compete.

import type { Initialiser } from '../nn/parameters.js';
import { allowedEdges, type LatentLayout } from './layout.js';

/** Name of the parameter of allowed edges, `[runs, D, D]`, row child, column parent. */
export const ALLOWED_EDGES = 'gates.allowed';

/**
 * Returns an initialiser of the edges that a random order allows. Half of the runs order modalities; the others order
 * all latents, so that two modalities may cause each other. Latents of one modality keep their order, which has no
 * meaning.
 */
export function randomOrder(layout: LatentLayout, within: boolean): Initialiser {
  return (_shape, uniform) => {
    const d = layout.latents;
    const [whole] = uniform(1);
    const ofModality = uniform(layout.modalities.length + 1).subarray(1);
    const ofLatent = uniform(layout.modalities.length + 1 + d).subarray(layout.modalities.length + 1);
    const { leading = 0 } = layout;
    const place = (latent: number): number => {
      if (latent < leading) return -1;
      return whole < 0.5 ? ofModality[layout.modalityOf[latent]] : rank(ofLatent, layout.modalityOf, latent);
    };
    return allowedEdges(layout, { within, graph: 'acyclic' }).map((allowed, at) => {
      const child = Math.floor(at / d);
      const parent = at % d;
      if (layout.modalityOf[child] === layout.modalityOf[parent]) return parent < child ? allowed : 0;
      return place(parent) < place(child) ? allowed : 0;
    });
  };
}

/** Returns the latent's draw after the draws of its modality are sorted. */
function rank(draws: Float64Array, modalityOf: readonly number[], latent: number): number {
  const sorted = [...draws].filter((_, other) => modalityOf[other] === modalityOf[latent]).sort((a, b) => a - b);
  return sorted[latent - modalityOf.indexOf(modalityOf[latent])];
}
