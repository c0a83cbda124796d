// Chance floor of the MCC: the score of an estimate that has the correct subspace of each modality but random axes in
// it. Such an estimate is a rotation of the true latents, of which matching picks the best permutation. Haar-random
// rotations follow Stewart 1980, by Gram and Schmidt. The correction for chance follows Hubert and Arabie 1985.

import { RandomStream } from '../random/random-stream.js';
import { assign } from './assignment.js';
import { pearson, spearman, type CorrelationMatrix } from './correlation.js';
import {
  block,
  checkSamples,
  column,
  layoutOffsets,
  mean,
  selectRows,
  type LatentLayout,
  type Samples,
} from './samples.js';
import { dot } from './vectors.js';

export interface ChanceFloor {
  /** Mean MCC over the draws, for each modality; exactly 1 for a modality with one latent. */
  readonly perModality: readonly number[];
  /** Mean of `perModality`. */
  readonly mean: number;
}

export interface ChanceFloors {
  readonly pearson: ChanceFloor;
  readonly spearman: ChanceFloor;
  /** Number of rotations for each modality. */
  readonly draws: number;
}

export interface ChanceOptions {
  /** Number of rotations for each modality. Default: 500. */
  readonly draws?: number;
  /** Default: 0. */
  readonly seed?: number;
}

const DRAWS = 500;
/** Maximum number of evenly spaced subjects for correlations. More would change only the fourth digit of the mean. */
const MAX_ROWS = 1000;
/** Random stream, distinct from those of simulations and splits. */
const STREAM = 0x63680000;

/**
 * Returns mean scores of random rotations of `z` (samples × true latents) within each modality. Latents are first
 * scaled to unit variance, and correlated latents stay correlated. If a modality has fewer estimated than true latents,
 * only as many rotated axes are used, and true latents without a partner count 0, as in the MCC. The result is
 * deterministic.
 * @throws InputError `shape-mismatch`, `invalid-size`, `too-few-samples`, `not-finite`
 */
export function chanceFloors(
  z: Samples,
  { modalities, estimated = modalities }: LatentLayout,
  { draws = DRAWS, seed = 0 }: ChanceOptions = {},
): ChanceFloors {
  checkSamples('true latents', z, 3);
  const { truth: offsets } = layoutOffsets(z, z, { modalities });
  const floors = modalities.map((count, m) => {
    const latents = block(z, offsets[m], offsets[m + 1]);
    const axes = Math.min(count, estimated[m]);
    // A rotation of a single latent only changes its sign.
    return count === 1
      ? { pearson: axes, spearman: axes }
      : floorOf(latents, axes, draws, new RandomStream(seed, STREAM + m));
  });
  const floor = (kind: 'pearson' | 'spearman'): ChanceFloor => {
    const perModality = floors.map((modality) => modality[kind]);
    return { perModality, mean: mean(perModality) };
  };
  return { pearson: floor('pearson'), spearman: floor('spearman'), draws };
}

/** Returns (MCC − floor)/(1 − floor): 0 is chance, 1 is perfect; null for a floor of 1 (single latents only). */
export function aboveChance(mcc: number, floor: number): number | null {
  return floor >= 1 ? null : (mcc - floor) / (1 - floor);
}

function floorOf(z: Samples<Float64Array>, axes: number, draws: number, random: RandomStream) {
  const sample = standardised(spaced(z));
  const { rows, columns } = sample;
  let [linear, monotone] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const weights = randomRotation(columns, random).slice(0, axes);
    const values = Float64Array.from({ length: rows * axes }, (_, at) => {
      const row = Math.floor(at / axes) * columns;
      return dot(weights[at % axes], sample.values.subarray(row, row + columns));
    });
    const rotated = { values, rows, columns: axes };
    linear += matched(pearson(sample, rotated));
    monotone += matched(spearman(sample, rotated));
  }
  return { pearson: linear / draws, spearman: monotone / draws };
}

/** Returns the mean |correlation| over true latents after the matching. */
function matched({ values, rows, columns }: CorrelationMatrix): number {
  return assign({ values: values.map(Math.abs), rows, columns }, { goal: 'maximum' }).total / rows;
}

/** Returns orthonormal rows, uniform over all rotations and reflections. */
export function randomRotation(size: number, random: RandomStream): Float64Array[] {
  const rows: Float64Array[] = [];
  while (rows.length < size) {
    const row = Float64Array.from({ length: size }, () => random.normal());
    for (const other of rows) {
      const along = dot(row, other);
      other.forEach((value, i) => (row[i] -= along * value));
    }
    const length = Math.sqrt(dot(row, row));
    rows.push(row.map((value) => value / length));
  }
  return rows;
}

function spaced(z: Samples<Float64Array>): Samples<Float64Array> {
  if (z.rows <= MAX_ROWS) return z;
  return selectRows(
    z,
    Array.from({ length: MAX_ROWS }, (_, i) => Math.floor((i * z.rows) / MAX_ROWS)),
  );
}

/** Returns columns of mean 0 and length 1; zeros for a constant column. */
function standardised(z: Samples<Float64Array>): Samples<Float64Array> {
  const { rows, columns } = z;
  const values = new Float64Array(rows * columns);
  for (let j = 0; j < columns; j++) {
    const entries = column(z, j);
    const middle = mean([...entries]);
    const length = Math.hypot(...entries.map((value) => value - middle)) || 1;
    entries.forEach((value, row) => (values[row * columns + j] = (value - middle) / length));
  }
  return { values, rows, columns };
}
