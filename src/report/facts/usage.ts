// Finds latents that the encoder leaves unused (posterior collapse), and those that the decoder ignores.

import type { Examination } from '../../inference/examination.js';
import { column } from '../../metrics/index.js';
import type { Entry } from './entries.js';
import { histogram, type Histogram } from './histogram.js';

export interface Usage {
  readonly entry: Entry;
  readonly histogram: Histogram;
  /**
   * Share of a latent's variance that the data determine: Var(μ) / (Var(μ) + E σ²) over subjects. Near 0 the posterior
   * has collapsed to the prior (active units of Burda et al. 2016, on a scale from 0 to 1).
   */
  readonly known: number;
  /** Maximum change of a column, in its standard deviations, as the latent moves from −2 to 2 sd. */
  readonly effect: number;
  readonly verdict: 'used' | 'collapsed' | 'unused';
}

/** A latent below these values counts as collapsed or unused. */
export const MIN_KNOWN = 0.1;
export const MIN_EFFECT = 0.1;

/**
 * Returns the use of every entry.
 * @param present by modality, 1 for subjects who have it. Only these subjects count, because the encoder needs values
 */
export function usage(entries: readonly Entry[], examination: Examination, present: readonly Uint8Array[]): Usage[] {
  const { mean, variance, width, rows, traversals } = examination;
  return entries.map((entry, i) => {
    const means = column({ values: mean, rows, columns: width }, i);
    const distribution = histogram(means.filter((_, row) => present[entry.m][row] === 1));
    const known = distribution.sd ** 2 / (distribution.sd ** 2 + variance[i] || 1);
    const effect = responseRange(traversals[i].response, traversals[i].steps.length);
    const verdict = known < MIN_KNOWN ? 'collapsed' : effect < MIN_EFFECT ? 'unused' : 'used';
    return { entry, histogram: distribution, known, effect, verdict };
  });
}

/** Returns the maximum of |x̂(last step) − x̂(first step)| over columns. */
function responseRange(response: Float64Array, steps: number): number {
  const columns = response.length / steps;
  const last = response.length - columns;
  let largest = 0;
  for (let c = 0; c < columns; c++) largest = Math.max(largest, Math.abs(response[last + c] - response[c]));
  return largest;
}
