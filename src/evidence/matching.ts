// Which latent of one fit is which of another's: within a modality, over the subjects who have it.

import { block, meanCorrelation, selectRows, spearman, type Samples } from '../metrics/index.js';

export interface Matched {
  /** By latent of the reference: its partner. */
  readonly partner: readonly number[];
  /** −1 where the partner is turned round, otherwise 1. */
  readonly sign: readonly number[];
  /** |Spearman| of the two. */
  readonly agreement: readonly number[];
}

/**
 * @param widths latents of each modality
 * @param present by modality, 1 where a subject has it
 */
export function matchLatents(
  reference: Samples,
  estimate: Samples,
  widths: readonly number[],
  present: readonly Uint8Array[],
): Matched {
  const partner: number[] = [];
  const sign: number[] = [];
  const agreement: number[] = [];
  for (const [m, width] of widths.entries()) {
    const first = partner.length;
    const rows = Int32Array.from([...present[m].keys()].filter((row) => present[m][row] === 1));
    const ofModality = (all: Samples) => selectRows(block(all, first, first + width), rows);
    const [own, others] = [ofModality(reference), ofModality(estimate)];
    const { matching, perLatent } = meanCorrelation(own, others, { modalities: [width] }).spearman;
    const signed = spearman(own, others);
    for (const [latent, source] of matching.entries()) {
      partner.push(first + source);
      sign.push(signed.values[latent * width + source] < 0 ? -1 : 1);
      agreement.push(perLatent[latent]);
    }
  }
  return { partner, sign, agreement };
}
