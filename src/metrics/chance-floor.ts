// Chance floor of the MCC: what an estimate scores that has found the latents' subspace of each modality and nothing
// else. Such an estimate is a rotation of the true latents, and matching picks the best permutation of it. Haar-random
// rotations: Stewart 1980, by Gram and Schmidt; correction for chance as in Hubert and Arabie 1985.

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

export interface ChanceFloor {
  /** Mean MCC over the draws, for each modality; exactly 1 for a modality with one latent. */
  readonly perModality: readonly number[];
  /** Mean of `perModality`. */
  readonly mean: number;
}

export interface ChanceFloors {
  readonly pearson: ChanceFloor;
  readonly spearman: ChanceFloor;
  /** Rotations for each modality. */
  readonly draws: number;
}

export interface ChanceOptions {
  /** Rotations for each modality; 500 when left out. */
  readonly draws?: number;
  /** 0 when left out. */
  readonly seed?: number;
}

const DRAWS = 500;
/** Evenly spaced subjects from which correlations are computed: more change the mean in its fourth digit. */
const MAX_ROWS = 1000;
/** Far from the streams of simulations and splits. */
const STREAM = 0x63680000;

/**
 * Means over random rotations of `z` (samples × true latents) within each modality. Latents are scaled to unit variance
 * first; correlated ones stay correlated. Where a modality has fewer estimated than true latents, the rest of the
 * rotation is left out, and true latents without a partner count 0, as in the MCC.
 * @returns the same numbers for the same latents, draws and seed
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
    const own = block(z, offsets[m], offsets[m + 1]);
    const found = Math.min(count, estimated[m]);
    // A single latent that is found is found up to its sign.
    return count === 1
      ? { pearson: found, spearman: found }
      : floorOf(own, found, draws, new RandomStream(seed, STREAM + m));
  });
  const floor = (kind: 'pearson' | 'spearman'): ChanceFloor => {
    const perModality = floors.map((own) => own[kind]);
    return { perModality, mean: mean(perModality) };
  };
  return { pearson: floor('pearson'), spearman: floor('spearman'), draws };
}

/** (MCC − floor)/(1 − floor): 0 is chance, 1 is perfect; null where the floor is 1, of single latents alone. */
export function aboveChance(mcc: number, floor: number): number | null {
  return floor >= 1 ? null : (mcc - floor) / (1 - floor);
}

function floorOf(z: Samples<Float64Array>, found: number, draws: number, random: RandomStream) {
  const few = standardised(spaced(z));
  const { rows, columns } = few;
  let [linear, monotone] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const weights = randomRotation(columns, random).slice(0, found);
    const values = Float64Array.from({ length: rows * found }, (_, at) => {
      const row = Math.floor(at / found) * columns;
      return dot(weights[at % found], few.values.subarray(row, row + columns));
    });
    const rotated = { values, rows, columns: found };
    linear += matched(pearson(few, rotated));
    monotone += matched(spearman(few, rotated));
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

/** Columns of mean 0 and length 1; zeros where nothing varies. */
function standardised(z: Samples<Float64Array>): Samples<Float64Array> {
  const { rows, columns } = z;
  const values = new Float64Array(rows * columns);
  for (let j = 0; j < columns; j++) {
    const own = column(z, j);
    const middle = mean([...own]);
    const length = Math.hypot(...own.map((value) => value - middle)) || 1;
    own.forEach((value, row) => (values[row * columns + j] = (value - middle) / length));
  }
  return { values, rows, columns };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
