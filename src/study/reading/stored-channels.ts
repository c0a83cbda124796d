// Channels of whole numbers, which stay as they were read: their moments from the frequency of each number, and the
// numbers of a data set's subjects.

import { createHash } from 'node:crypto';
import type { ColumnScale, ObservedValues } from '../../data/dataset.js';
import {
  isStoredFile,
  storedNumbers,
  storedScale,
  storedType,
  type StoredArray,
  type StoredFile,
} from '../../data/stored.js';
import { isConstant } from '../../data/standardise.js';
import { writeFileAtomic } from '../../files/atomic.js';
import { sizeOf } from '../../files/exists.js';
import { bytesOf } from '../../graph/data-type.js';
import type { ChannelMoments } from './channels.js';
import type { RowNumbers } from './array-source.js';
import { zeros } from '../../threads/zeros.js';

export interface NumberRows extends RowNumbers {
  readonly channels: number;
  /** Count of numbers of a channel in a row. */
  readonly positions: number;
}

/**
 * Returns the moments of each channel, like `channelMoments`.
 *
 * @param rows row of each subject; −1 where the subject has none
 * @param train subjects of the training split. Minimum and maximum are those of all subjects.
 * @throws what `storedNumbers` throws
 */
export function numberMoments(source: NumberRows, rows: Int32Array, train: Int32Array): ChannelMoments[] {
  const { channels, positions, numbers, present, zero, unit } = source;
  const [first, kinds] = storedType(numbers) === 'uint8' ? [0, 2 ** 8] : [-(2 ** 15), 2 ** 16];
  const counts = Array.from({ length: channels }, () => new Float64Array(kinds));
  const untrained = Array.from({ length: channels }, () => new Float64Array(kinds));
  const isTrained = new Uint8Array(rows.length);
  for (const subject of train) isTrained[subject] = 1;
  let subjects = 0;
  rows.forEach((row, subject) => {
    if (row < 0 || present?.[row] === 0) return;
    const rowNumbers = storedNumbers(numbers, channels * positions, row, 1);
    const target = isTrained[subject] === 1 ? counts : untrained;
    subjects += isTrained[subject];
    for (let channel = 0; channel < channels; channel++) {
      const table = target[channel];
      for (let at = channel * positions; at < (channel + 1) * positions; at++) table[rowNumbers[at] - first]++;
    }
  });
  const valueOf = (kind: number): number => (kind + first - zero) / unit;
  return counts.map((frequencies, channel) => {
    const moment = (term: (value: number) => number): number =>
      frequencies.reduce((sum, count, kind) => sum + count * term(valueOf(kind)), 0) / (subjects * positions);
    const mean = moment((value) => value);
    const sd = Math.sqrt(moment((value) => (value - mean) ** 2));
    const third = moment((value) => (value - mean) ** 3);
    const moments = { mean, sd, skewness: sd > 0 ? third / (sd * sd * sd) : 0 };
    const seen = [...frequencies.keys()].filter((kind) => frequencies[kind] + untrained[channel][kind] > 0);
    const [min, max] = seen.length === 0 ? [Infinity, -Infinity] : [valueOf(seen[0]), valueOf(seen[seen.length - 1])];
    return { ...moments, min, max, subjects, isConstant: isConstant(moments) };
  });
}

/**
 * Returns the numbers of a data set's subjects. A file whose rows are the subjects is used as it is; otherwise a new
 * file in their order is written next to it.
 *
 * @param rows row of each subject; −1 where the subject has none
 * @throws what `storedNumbers` throws; FileError `unwritable`, `disk-full`
 */
export async function storeNumbers(
  { channels, positions, numbers, present, zero, unit }: NumberRows,
  rows: Int32Array,
  scales: readonly Pick<ColumnScale, 'mean' | 'sd'>[],
): Promise<ObservedValues> {
  const width = channels * positions;
  const marks = Uint8Array.from(rows, (row) => (row < 0 || present?.[row] === 0 ? 0 : 1));
  const isInOrder = rows.length * width === numbers.length && rows.every((row, i) => row === i || marks[i] === 0);
  const ordered = isInOrder
    ? numbers
    : isStoredFile(numbers)
      ? await inOrder(numbers, rows, { width, marks })
      : selected(numbers, rows, width);
  const code = { zero, unit };
  const stored = { ...code, numbers: ordered, scale: storedScale(code, scales) };
  return { values: new Float32Array(), stored: marks.includes(0) ? { ...stored, present: marks } : stored };
}

function selected(numbers: StoredArray, rows: Int32Array, width: number): StoredArray {
  const size = rows.length * width;
  const result = storedType(numbers) === 'uint8' ? zeros(Uint8Array, size) : zeros(Int16Array, size);
  rows.forEach((row, i) => {
    if (row >= 0) result.set(numbers.subarray(row * width, (row + 1) * width), i * width);
  });
  return result;
}

async function inOrder(
  file: StoredFile,
  rows: Int32Array,
  { width, marks }: { readonly width: number; readonly marks: Uint8Array },
): Promise<StoredFile> {
  const order = createHash('sha256').update(rows).update(marks).digest('hex').slice(0, 16);
  const path = file.path.replace(/(\.levels)?$/, `-${order}$1`);
  const size = bytesOf(file.type, width);
  const ordered = { ...file, path, length: rows.length * width };
  if ((await sizeOf(path)) === bytesOf(file.type, ordered.length)) return ordered;
  const nothing = new Uint8Array(size);
  await writeFileAtomic(path, async (target) => {
    for (const row of rows) {
      const { buffer } = row < 0 ? nothing : storedNumbers(file, width, row, 1);
      await target.write(new Uint8Array(buffer));
    }
  });
  return ordered;
}
