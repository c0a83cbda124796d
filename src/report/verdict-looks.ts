// How the verdict on a latent looks, and what it is called, in all drawings of graphs.

import type { JudgedVariable } from '../causal/blocks.js';
import type { LatentVerdictName } from '../causal/index.js';
import { listed } from '../text/numbers.js';
import type { Attributes } from './svg.js';
import { modalityClass } from './theme.js';

/** Classes and attributes of a shape, and the class of the text on it. */
export interface Look {
  readonly shape: Attributes;
  readonly text: string;
}

const PALE = 0.22;
const DASHES = '4 3';

/**
 * Returns the look of a latent: filled if it is a component, or if the graph does not come from a fit. Latents in a
 * block and untested latents are pale; latents that are not replicated are empty and dashed.
 * @param m position of its modality
 */
export function lookOf(verdict: LatentVerdictName | undefined, m: number): Look {
  const { fill, stroke, text } = modalityClass(m);
  switch (verdict) {
    case 'block':
    case 'untested':
      return { shape: { class: fill, 'fill-opacity': PALE }, text: 'il-ink' };
    case 'not-replicated':
      return {
        shape: { class: `il-patch ${stroke}`, 'stroke-width': 1.4, 'stroke-dasharray': DASHES },
        text: 'il-muted',
      };
    default:
      return { shape: { class: fill }, text };
  }
}

/** Returns the attributes of the outline of a block. @param m position of its modality */
export function blockOutline(m: number): Attributes {
  return { class: `il-patch ${modalityClass(m).stroke}`, 'stroke-width': 1.4, rx: 14 };
}

/** Returns what the looks of latents mean, for the caption of a drawing. */
export function verdictCaptions(verdicts: readonly (LatentVerdictName | undefined)[]): string[] {
  const captions: Partial<Record<LatentVerdictName, string>> = {
    block: 'Outlined group: block of latents that are identified only as a mixture, so its edges have no number',
    'not-replicated': 'Dashed, empty: latent that models of disjoint subjects do not replicate',
    untested: 'Pale: latent that was not tested',
  };
  return Object.entries(captions).flatMap(([verdict, text]) => (verdicts.some((one) => one === verdict) ? [text] : []));
}

/** Returns the verdict on a latent in words; none for a graph that does not come from a fit. */
export function verdictWords({ verdict, blockWith = [] }: Pick<JudgedVariable, 'verdict' | 'blockWith'>): string[] {
  switch (verdict) {
    case undefined:
      return [];
    case 'component':
      return ['component'];
    case 'block':
      return [`identified only up to a mixture with ${blockWith.length === 0 ? 'noise' : listed(blockWith)}`];
    case 'not-replicated':
      return ['not replicated in models of disjoint subjects'];
    case 'untested':
      return ['not tested'];
  }
}
