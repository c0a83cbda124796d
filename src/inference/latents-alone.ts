// Reconstruction from the latents z alone: x̂ with the exogenous variables η at their means over the subjects.

import { splitByModality } from '../networks/layout.js';
import type { ModelParts } from './model-parts.js';
import { transpose, type Posteriors } from './posteriors.js';

/** Reconstructions of some subjects, in the order of `rows`. */
export interface LatentsAlone {
  readonly rows: Int32Array;
  /** x̂, standardised, rows × Σ columns. */
  readonly reconstruction: Float32Array;
}

export async function rebuildFromLatents(
  parts: ModelParts,
  { v, having }: Pick<Posteriors, 'v' | 'having'>,
  rows: Int32Array,
): Promise<LatentsAlone> {
  const { layout, width, batch } = parts;
  const noises = noiseMeans({ v, having }, layout.modalities, width);
  const reconstruction = new Float32Array(rows.length * layout.values);
  for (let start = 0; start < rows.length; start += batch) {
    const some = rows.subarray(start, start + batch);
    const inputs = new Float32Array(batch * width);
    some.forEach((row, i) => {
      inputs.set(v.subarray(row * width, (row + 1) * width), i * width);
      for (const [entry, mean] of noises) inputs[i * width + entry] = mean;
    });
    const { x } = await parts.decode(splitByModality(layout, inputs, batch));
    transpose(x, batch, some.length, reconstruction, start, layout.values);
  }
  return { rows, reconstruction };
}

/** Returns the entries of η and their means over the subjects who have the modality. */
function noiseMeans(
  { v, having }: Pick<Posteriors, 'v' | 'having'>,
  modalities: ModelParts['layout']['modalities'],
  width: number,
): [number, number][] {
  let next = 0;
  return modalities.flatMap(({ latents, exogenous }, m) => {
    const first = next + latents;
    next = first + exogenous;
    return Array.from({ length: exogenous }, (_, k): [number, number] => {
      const sum = having[m].reduce((total, row) => total + v[row * width + first + k], 0);
      return [first + k, sum / Math.max(1, having[m].length)];
    });
  });
}
