// Out-of-fold latents in the order of a data set.

import type { LatentNode } from '../causal/index.js';
import type { OutOfFoldLatents } from '../inference/model-latents.js';

/**
 * Returns, for each latent, a value per subject: NaN if it is unknown. Returns undefined if no subject is known.
 * @param ids ids of the data set
 */
export function alignedLatents(
  ids: readonly string[],
  nodes: readonly LatentNode[],
  { ids: known, latents }: OutOfFoldLatents,
): Float64Array[] | undefined {
  const rowOf = new Map(known.map((id, row) => [id, row]));
  const rows = ids.map((id) => rowOf.get(id));
  if (rows.every((row) => row === undefined)) return undefined;
  return nodes.map(({ modality, index }) => {
    const values = latents[modality];
    const width = values.length / known.length;
    return Float64Array.from(rows, (row) => (row === undefined ? NaN : values[row * width + index]));
  });
}
