// Computes the columns of a simulated modality from its latents and its exogenous variable (METHOD section 9, Eq. 2):
// mixing, standardisation, measurement noise.

import { mix, type Bend, type MixingLayer, type Scale } from './mechanism.js';
import { meanAndSd } from '../metrics/vectors.js';
import { shiftedByBatch, type Batches } from './batches.js';

/** Latents and exogenous variables of all modalities, in order. */
export interface LatentTables {
  readonly subjects: number;
  /** Subjects × (modalities · latents), row-major. */
  readonly z: Float64Array;
  /** Subjects × modalities, row-major. */
  readonly eta: Float64Array;
  /** Number of latents of each modality. */
  readonly latents: number;
  /** Default: leaky. */
  readonly bend?: Bend | undefined;
}

/** Returns the mixed [z; η] of a modality, subjects × columns, row-major. */
export function mixModality(
  layers: readonly MixingLayer[],
  modality: number,
  { subjects, z, eta, latents, bend }: LatentTables,
): Float64Array {
  const columns = layers[layers.length - 1].outputs;
  const width = z.length / subjects;
  const modalities = eta.length / subjects;
  const mixed = new Float64Array(subjects * columns);
  for (let row = 0; row < subjects; row++) {
    const first = row * width + modality * latents;
    const input = Float64Array.of(...z.subarray(first, first + latents), eta[row * modalities + modality]);
    mixed.set(mix(layers, input, bend), row * columns);
  }
  return mixed;
}

/**
 * Returns a function from mixed values to values of the table: standardises and rounds to six decimals, and does so
 * again after the measurement changes them.
 *
 * @param drawn mixed values that determine means and sds
 */
export function measurement(
  drawn: Float64Array,
  { columns, fitted, noise, batches }: Measurement,
): (mixed: Float64Array) => Float64Array {
  const first = columnScales(drawn, columns, fitted);
  const plain = (mixed: Float64Array) => standardised(mixed, first);
  if (!noise && !batches) return plain;
  const measured = (mixed: Float64Array) => {
    const noisy = noise ? plain(mixed).map((value, at) => value + noise[at]) : plain(mixed);
    return batches ? shiftedByBatch(noisy, batches) : noisy;
  };
  const second = columnScales(measured(drawn), columns, fitted);
  return (mixed) => standardised(measured(mixed), second);
}

/** Measurement of the columns of a modality. */
export interface Measurement {
  readonly columns: number;
  /** Rows that determine means and sds. */
  readonly fitted: readonly number[];
  /** Noise of every value, if any. */
  readonly noise?: Float64Array | undefined;
  readonly batches?: Batches | undefined;
}

function columnScales(x: Float64Array, columns: number, rows: readonly number[]): Scale[] {
  return Array.from({ length: columns }, (_, column) =>
    meanAndSd(Float64Array.from(rows, (row) => x[row * columns + column])),
  );
}

function standardised(x: Float64Array, scales: readonly Scale[]): Float64Array {
  return x.map((value, at) => {
    const { mean, sd } = scales[at % scales.length];
    return Math.round(((value - mean) / sd) * 1e6) / 1e6;
  });
}
