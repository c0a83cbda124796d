// Channels of pictures and series to mean 0, sd 1, each over all of its positions in the training part.

import type { ColumnScale, ObservedValues } from './dataset.js';
import { positionsOf, type Grid } from './grid.js';
import { zeros } from '../threads/zeros.js';

export interface StandardisedChannels extends ObservedValues {
  readonly columns: readonly ColumnScale[];
  readonly grid: Grid;
}

/**
 * @param raw subjects × channels × positions; NaN where a value is missing
 * @param channels names
 * @param train rows that mean and sd are taken from; a channel that does not vary there keeps sd 1
 */
export function standardiseChannels(
  raw: Float32Array,
  channels: readonly string[],
  grid: Grid,
  train: Int32Array,
): StandardisedChannels {
  const positions = positionsOf(grid);
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
  return { columns, grid, ...scaleChannels(raw, columns, grid) };
}

/** Values by the scales of a training part. @param raw subjects × channels × positions; NaN where one is missing */
export function scaleChannels(raw: Float32Array, columns: readonly ColumnScale[], grid: Grid): ObservedValues {
  const positions = positionsOf(grid);
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
