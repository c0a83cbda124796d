// Where the causal order of the latents is not known, every run has an order of its own: drawn, not trained; the runs
// compete.

import type { Initialiser } from '../nn/parameters.js';
import { allowedEdges, type LatentLayout } from './layout.js';

/** Parameter of the runs' allowed edges, `[runs, D, D]`, row child, column parent. */
export const ALLOWED_EDGES = 'gates.allowed';

/**
 * The edges that an order drawn at random allows: in half of the runs an order of the modalities, in the others of all
 * latents, so that two modalities may cause each other. Latents of one modality stay in their order: it means nothing.
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

/** The latent's draw once the draws of its modality are sorted. */
function rank(draws: Float64Array, modalityOf: readonly number[], latent: number): number {
  const own = [...draws].filter((_, other) => modalityOf[other] === modalityOf[latent]).sort((a, b) => a - b);
  return own[latent - modalityOf.indexOf(modalityOf[latent])];
}
