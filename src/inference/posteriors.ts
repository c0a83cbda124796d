// Encoder outputs for every subject: means, variances, the noises of the latents, and the reconstruction.

import type { ObservedValues } from '../data/dataset.js';
import { valueCount } from '../data/observation.js';
import { presenceOf } from '../data/presence.js';
import { selectSubjects, type SelectedValues } from '../data/select-rows.js';
import { termRows } from '../networks/cause-effects.js';
import { splitByModality, type LatentLayout } from '../networks/layout.js';
import { RandomStream } from '../random/random-stream.js';
import type { ModelParts } from './model-parts.js';

/** Posteriors before and after the map to components. */
export interface Posteriors {
  /** (z or its subspace, η), the input of the decoder, rows × width. */
  readonly v: Float32Array;
  /** z and η of the posterior means, rows × width. */
  readonly mean: Float32Array;
  /** Posterior variance of z and η about `mean`, averaged over the subjects who have the modality; `width` entries. */
  readonly variance: Float64Array;
  /** Noises ε of z, rows × D. */
  readonly epsilon: Float32Array;
  /** x̂ of the posterior means, standardised, rows × Σ columns; empty if not requested. */
  readonly reconstruction: Float32Array;
  /** Rows of the subjects who have each modality. The values of other rows do not come from an encoder. */
  readonly having: readonly (readonly number[])[];
}

export interface PosteriorOptions {
  /** False to skip the reconstruction. */
  readonly rebuilds?: boolean;
  /** Terms of observed causes, on which the noises of latents depend, all subjects × T. Default: the reference. */
  readonly causes?: Float32Array | undefined;
}

/** Returns the posteriors of some subjects. */
export async function posteriors(
  parts: ModelParts,
  values: readonly ObservedValues[],
  subjects: Int32Array,
  { rebuilds = true, causes }: PosteriorOptions = {},
): Promise<Posteriors> {
  const { layout, batch, width } = parts;
  const rows = subjects.length;
  const v = new Float32Array(rows * width);
  const mean = new Float32Array(rows * width);
  const epsilon = new Float32Array(rows * layout.latents);
  const reconstruction = new Float32Array(rebuilds ? rows * layout.values : 0);
  const variance = new Float64Array(width);
  const latentEntries = positionsOfLatents(layout);
  const present = layout.modalities.map((m, index) => {
    const { observed, stored } = values[index];
    // Avoid a mask of all subjects: callers may repeatedly request a few of many.
    if (!observed && !stored?.present) return new Uint8Array(rows).fill(1);
    const all = presenceOf({ ...values[index], columns: { length: valueCount(m.observation) } });
    return Uint8Array.from(subjects, (subject) => all[subject]);
  });
  const having = present.map((mask) => [...mask.keys()].filter((row) => mask[row] === 1));
  const modalityOf = layout.modalities.flatMap((m, index) => Array<number>(m.latents + m.exogenous).fill(index));
  const isThere = (row: number, f: number): boolean => present[modalityOf[f]][row] === 1;
  const countOf = (f: number): number => having[modalityOf[f]].length;
  const noise = new RandomStream(0, 0);
  for (let start = 0; start < rows; start += batch) {
    const count = Math.min(batch, rows - start);
    const some = subjects.subarray(start, start + count);
    const encoded = await parts.encode(
      layout.modalities.map((m, index) => padded(values[index], valueCount(m.observation), some, batch)),
      causes && termRows(causes, some, parts.terms, batch),
    );
    transpose(encoded['v'], batch, count, v, start, width);
    transpose(encoded['epsilon'], batch, count, epsilon, start, layout.latents);
    if (rebuilds) transpose(encoded['x'], batch, count, reconstruction, start, layout.values);
    // Draw once from the posterior of every subject: the expected squared distance from the mean is the variance.
    const drawn = new Float32Array(batch * width);
    for (let i = 0; i < batch; i++) {
      for (let f = 0; f < width; f++) {
        const sd = Math.exp(encoded['logVariance'][f * batch + i] / 2);
        drawn[i * width + f] = encoded['v'][f * batch + i] + sd * noise.normal();
      }
    }
    const sampled = await parts.decode(splitByModality(layout, drawn, batch));
    for (let i = 0; i < count; i++) {
      const at = (start + i) * width;
      for (let f = 0; f < width; f++) {
        mean[at + f] = v[at + f];
        if (isThere(start + i, f)) variance[f] += Math.exp(encoded['logVariance'][f * batch + i]) / countOf(f);
      }
      latentEntries.forEach((f, d) => {
        mean[at + f] = encoded['z'][d * batch + i];
        if (!parts.mapsComponents || !isThere(start + i, f)) return;
        variance[f] +=
          ((sampled['z'][d * batch + i] - encoded['z'][d * batch + i]) ** 2 -
            Math.exp(encoded['logVariance'][f * batch + i])) /
          countOf(f);
      });
    }
  }
  return { v, mean, variance, epsilon, reconstruction, having };
}

/** Returns the positions of the latents among the entries of (z, η). */
export function positionsOfLatents({ modalities }: LatentLayout): number[] {
  let first = 0;
  return modalities.flatMap((m) => {
    const positions = Array.from({ length: m.latents }, (_, k) => first + k);
    first += m.latents + m.exogenous;
    return positions;
  });
}

/** Returns the values of some subjects, padded to a batch with subjects without any value. */
export function padded(all: ObservedValues, columns: number, subjects: Int32Array, batch: number): SelectedValues {
  const { values, observed } = selectSubjects(all, columns, subjects);
  const part = new Float32Array(batch * columns);
  part.set(values);
  if (!observed) return { values: part };
  const marks = new Uint8Array(batch * columns);
  marks.set(observed);
  return { values: part, observed: marks };
}

/** Copies features × batch into rows × features, from row `start` on. */
export function transpose(
  source: Float32Array,
  batch: number,
  count: number,
  target: Float32Array,
  start: number,
  features: number,
): void {
  for (let f = 0; f < features; f++) {
    for (let i = 0; i < count; i++) target[(start + i) * features + f] = source[f * batch + i];
  }
}
