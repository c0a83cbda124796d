// Moments of the channels of images and series over all positions of the training split, and standardised values.

import type { ColumnScale, ObservedValues } from '../../data/dataset.js';
import { isConstant, type Moments } from '../../data/standardise.js';
import { zeros } from '../../threads/zeros.js';

/** Local constant, which is faster than a lookup of the global for every value. */
const isMissing = Number.isNaN;

export interface ChannelRows {
  readonly channels: number;
  /** Number of values of a channel in a row. */
  readonly positions: number;
  /** Writes the values of a row, channels × positions; NaN where missing. */
  readonly read: (row: number, into: Float64Array) => void;
}

export interface ChannelMoments extends Moments {
  /** Minimum over all subjects. */
  readonly min: number;
  /** Maximum over all subjects. */
  readonly max: number;
  /** Number of training subjects that have a value. */
  readonly subjects: number;
  readonly isConstant: boolean;
}

/**
 * Returns the moments of each channel.
 *
 * @param rows row of each subject; −1 where the subject has none
 * @param train subjects of the training split. Minimum and maximum are those of all subjects.
 */
export function channelMoments(source: ChannelRows, rows: Int32Array, train: Int32Array): ChannelMoments[] {
  const { channels, positions, read } = source;
  const values = new Float64Array(channels * positions);
  const zeros = () => new Float64Array(channels);
  const [count, sum, second, third, subjects] = [zeros(), zeros(), zeros(), zeros(), zeros()];
  const [min, max] = [zeros().fill(Infinity), zeros().fill(-Infinity)];
  const eachObserved = (subject: number, take: (channel: number, value: number) => void): void => {
    if (rows[subject] < 0) return;
    read(rows[subject], values);
    for (let channel = 0; channel < channels; channel++) {
      for (let at = channel * positions; at < (channel + 1) * positions; at++) {
        if (!isMissing(values[at])) take(channel, values[at]);
      }
    }
  };
  for (const subject of rows.keys()) {
    eachObserved(subject, (channel, value) => {
      if (value < min[channel]) min[channel] = value;
      if (value > max[channel]) max[channel] = value;
    });
  }
  for (const subject of train) {
    const before = count.slice();
    eachObserved(subject, (channel, value) => {
      count[channel]++;
      sum[channel] += value;
    });
    for (let channel = 0; channel < channels; channel++) if (count[channel] > before[channel]) subjects[channel]++;
  }
  const mean = sum.map((total, channel) => total / count[channel]);
  for (const subject of train) {
    eachObserved(subject, (channel, value) => {
      const deviation = value - mean[channel];
      second[channel] += deviation * deviation;
      third[channel] += deviation * deviation * deviation;
    });
  }
  return Array.from({ length: channels }, (_, c) => {
    const sd = Math.sqrt(second[c] / count[c]);
    const moments = { mean: mean[c], sd, skewness: sd > 0 ? third[c] / count[c] / (sd * sd * sd) : 0 };
    return { ...moments, min: min[c], max: max[c], subjects: subjects[c], isConstant: isConstant(moments) };
  });
}

/**
 * Returns standardised values, subjects × channels × positions.
 * @param rows row of each subject; −1 where the subject has none
 */
export function encodeChannels(
  { channels, positions, read }: ChannelRows,
  rows: Int32Array,
  scales: readonly Pick<ColumnScale, 'mean' | 'sd'>[],
): ObservedValues {
  const width = channels * positions;
  const row = new Float64Array(width);
  const values = zeros(Float32Array, rows.length * width);
  let observed: Uint8Array | undefined;
  for (const [subject, from] of rows.entries()) {
    if (from < 0) row.fill(NaN);
    else read(from, row);
    const start = subject * width;
    for (let channel = 0; channel < channels; channel++) {
      const { mean, sd } = scales[channel];
      for (let at = channel * positions; at < (channel + 1) * positions; at++) {
        if (isMissing(row[at])) {
          observed ??= zeros(Uint8Array, values.length).fill(1);
          observed[start + at] = 0;
        } else {
          values[start + at] = (row[at] - mean) / sd;
        }
      }
    }
  }
  return { values, ...(observed && { observed }) };
}
