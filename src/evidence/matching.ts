// Which latent of one fit is which of another's: within a modality, over subjects who have it.

import { block, meanCorrelation, selectRows, spearman, type Samples } from '../metrics/index.js';
import { mostSampled, spreadOver } from '../quality/index.js';

export interface Matched {
  /** By latent of the reference: its partner. */
  readonly partner: readonly number[];
  /** −1 where the partner is turned round, otherwise 1. */
  readonly sign: readonly number[];
  /** |Spearman| of the two, of at most `mostSampled` subjects. */
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
    const rows = spreadOver(
      rowsWhere(present[m].length, (row) => present[m][row] === 1),
      mostSampled.subjects,
    );
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

/** Numbers below `count` for which something holds. */
export function rowsWhere(count: number, holds: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(count);
  let length = 0;
  for (let row = 0; row < count; row++) if (holds(row)) rows[length++] = row;
  return rows.subarray(0, length);
}
