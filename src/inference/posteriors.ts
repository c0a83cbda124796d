// What the encoder says of every subject: means, variances, the noises behind the latents and the reconstruction.

import type { ObservedValues } from '../data/dataset.js';
import { valueCount } from '../data/observation.js';
import { splitByModality, type LatentLayout } from '../models/layout.js';
import { RandomStream } from '../random/random-stream.js';
import type { ModelParts } from './model-parts.js';

/** Before and after the map to components. */
export interface Posteriors {
  /** (z or its subspace, η) as the decoder reads them, rows × width. */
  readonly v: Float32Array;
  /** z and η of the posterior means, rows × width. */
  readonly mean: Float32Array;
  /** Variance of z and η about `mean` under the posterior, averaged over the subjects, `width`. */
  readonly variance: Float64Array;
  /** Noises ε behind z, rows × D. */
  readonly epsilon: Float32Array;
  /** x̂ of the posterior means, standardised, rows × Σ columns. */
  readonly reconstruction: Float32Array;
}

export async function posteriors(
  parts: ModelParts,
  values: readonly ObservedValues[],
  rows: number,
): Promise<Posteriors> {
  const { layout, batch, width } = parts;
  const v = new Float32Array(rows * width);
  const mean = new Float32Array(rows * width);
  const epsilon = new Float32Array(rows * layout.latents);
  const reconstruction = new Float32Array(rows * layout.values);
  const variance = new Float64Array(width);
  const latentEntries = positionsOfLatents(layout);
  const noise = new RandomStream(0, 0);
  for (let start = 0; start < rows; start += batch) {
    const count = Math.min(batch, rows - start);
    const encoded = await parts.encode(
      layout.modalities.map((m, index) => padded(values[index], valueCount(m.observation), { start, count, batch })),
    );
    transpose(encoded['v'], batch, count, v, start, width);
    transpose(encoded['epsilon'], batch, count, epsilon, start, layout.latents);
    transpose(encoded['x'], batch, count, reconstruction, start, layout.values);
    // One draw of every subject's posterior: its distance from the mean, squared, has the variance as its expectation.
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
        variance[f] += Math.exp(encoded['logVariance'][f * batch + i]) / rows;
      }
      latentEntries.forEach((f, d) => {
        mean[at + f] = encoded['z'][d * batch + i];
        if (!parts.mapsComponents) return;
        variance[f] +=
          ((sampled['z'][d * batch + i] - encoded['z'][d * batch + i]) ** 2 -
            Math.exp(encoded['logVariance'][f * batch + i])) /
          rows;
      });
    }
  }
  return { v, mean, variance, epsilon, reconstruction };
}

/** Where the latents stand among the entries of (z, η). */
export function positionsOfLatents({ modalities }: LatentLayout): number[] {
  let first = 0;
  return modalities.flatMap((m) => {
    const own = Array.from({ length: m.latents }, (_, k) => first + k);
    first += m.latents + m.exogenous;
    return own;
  });
}

export function padded(
  { values, observed }: ObservedValues,
  columns: number,
  { start, count, batch }: { readonly start: number; readonly count: number; readonly batch: number },
): ObservedValues {
  const [from, to] = [start * columns, (start + count) * columns];
  const part = new Float32Array(batch * columns);
  part.set(values.subarray(from, to));
  if (!observed) return { values: part };
  const marks = new Uint8Array(batch * columns);
  marks.set(observed.subarray(from, to));
  return { values: part, observed: marks };
}

/** Features × batch into rows × features, from row `start` on. */
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
