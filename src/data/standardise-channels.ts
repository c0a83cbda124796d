// Standardises channels of images and series to mean 0 and sd 1, over all positions in the training split.

import type { ColumnScale, ObservedValues } from './dataset.js';
import { positionsOf, type RegularArray } from './regular-array.js';
import { zeros } from '../threads/zeros.js';

export interface StandardisedChannels extends ObservedValues {
  readonly columns: readonly ColumnScale[];
  readonly regularArray: RegularArray;
}

/**
 * Standardises channels.
 * @param raw subjects × channels × positions; NaN where a value is missing
 * @param channels names of the channels
 * @param train rows that determine mean and sd; a channel that is constant there gets sd 1
 */
export function standardiseChannels(
  raw: Float32Array,
  channels: readonly string[],
  regularArray: RegularArray,
  train: Int32Array,
): StandardisedChannels {
  const positions = positionsOf(regularArray);
  const columns = channels.map((name, c): ColumnScale => {
    let [count, mean, square] = [0, 0, 0];
    for (const row of train) {
      const first = (row * channels.length + c) * positions;
      for (const value of raw.subarray(first, first + positions)) {
        if (Number.isNaN(value)) continue;
        count++;
        const step = value - mean;
        mean += step / count;
        square += step * (value - mean);
      }
    }
    const sd = Math.sqrt(square / count);
    return { name, log: false, offset: 0, mean: count === 0 ? 0 : mean, sd: sd > 0 ? sd : 1 };
  });
  return { columns, regularArray, ...scaleChannels(raw, columns, regularArray) };
}

/** Applies the scales of a training split. @param raw subjects × channels × positions; NaN where a value is missing */
function scaleChannels(raw: Float32Array, columns: readonly ColumnScale[], regularArray: RegularArray): ObservedValues {
  const positions = positionsOf(regularArray);
  const values = zeros(Float32Array, raw.length);
  let observed: Uint8Array | undefined;
  for (let first = 0; first < raw.length; first += positions) {
    const { mean, sd } = columns[(first / positions) % columns.length];
    for (let at = first; at < first + positions; at++) {
      if (Number.isNaN(raw[at])) {
        observed ??= zeros(Uint8Array, raw.length).fill(1);
        observed[at] = 0;
      } else {
        values[at] = (raw[at] - mean) / sd;
      }
    }
  }
  return { values, ...(observed && { observed }) };
}
