// What the latents z alone say of a subject: x̂ with the private noises η at their mean over the subjects.

import { splitByModality } from '../models/layout.js';
import type { ModelParts } from './model-parts.js';
import { transpose, type Posteriors } from './posteriors.js';

/** Of some subjects, in the order of `rows`. */
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
    const own = new Float32Array(batch * width);
    some.forEach((row, i) => {
      own.set(v.subarray(row * width, (row + 1) * width), i * width);
      for (const [entry, mean] of noises) own[i * width + entry] = mean;
    });
    const { x } = await parts.decode(splitByModality(layout, own, batch));
    transpose(x, batch, some.length, reconstruction, start, layout.values);
  }
  return { rows, reconstruction };
}

/** Entries of η and their means over those who have the modality. */
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
