// Images as integers of one or two bytes, in memory or in a file. They are standardised on access: by `gather` in a
// program, and row by row elsewhere, with identical bits.

import { fileBytes } from '../files/file-range.js';
import type { DataFile } from '../graph/data-type.js';
import type { ChannelScale } from '../graph/index.js';

/** Numbers in memory, row-major. */
export type StoredArray = Uint8Array | Int16Array;

export type StoredType = 'uint8' | 'int16';

export type StoredFile = DataFile<StoredType>;

/** A stored number has the value `(number − zero) / unit`. */
export interface StoredCode {
  readonly zero: number;
  readonly unit: number;
}

/** Stored numbers of a modality. */
export interface StoredValues extends StoredCode {
  /** Subjects × channels × positions. */
  readonly numbers: StoredArray | StoredFile;
  /** 1 for a subject that has numbers; left out if all have. The numbers of a subject with 0 are arbitrary. */
  readonly present?: Uint8Array | undefined;
  /** Mean and sd of the numbers of each channel: a standardised value is `(number − mean) / sd`. */
  readonly scale: ChannelScale;
}

export function isStoredFile(numbers: StoredArray | StoredFile): numbers is StoredFile {
  return !ArrayBuffer.isView(numbers);
}

export function storedType(numbers: StoredArray | StoredFile): StoredType {
  if (isStoredFile(numbers)) return numbers.type;
  return numbers instanceof Uint8Array ? 'uint8' : 'int16';
}

/** Converts scales of values to scales of stored numbers. */
export function storedScale(
  { zero, unit }: StoredCode,
  columns: readonly { readonly mean: number; readonly sd: number }[],
): ChannelScale {
  return { mean: columns.map(({ mean }) => mean * unit + zero), sd: columns.map(({ sd }) => sd * unit) };
}

/**
 * Returns the numbers of consecutive subjects.
 * @param width number of numbers of a subject
 * @throws InputError `missing-file`, `damaged-file` if the file is missing or shorter than before; FileError
 */
export function storedNumbers(
  numbers: StoredArray | StoredFile,
  width: number,
  first: number,
  count: number,
): StoredArray {
  if (!isStoredFile(numbers)) return numbers.subarray(first * width, (first + count) * width);
  const { BYTES_PER_ELEMENT: bytes } = numbers.type === 'uint8' ? Uint8Array : Int16Array;
  const read = fileBytes(numbers.path, first * width * bytes, count * width * bytes);
  return numbers.type === 'uint8' ? read : new Int16Array(read.buffer);
}

/**
 * Writes the standardised values of a subject; 0 if the subject has none.
 * @param at position of the first value in `into`
 */
export function writeValues(
  { numbers, present, scale: { mean, sd } }: StoredValues,
  width: number,
  subject: number,
  into: Float32Array,
  at: number,
): void {
  if (present?.[subject] === 0) {
    into.fill(0, at, at + width);
    return;
  }
  const row = storedNumbers(numbers, width, subject, 1);
  const positions = width / mean.length;
  mean.forEach((centreOfChannel, channel) => {
    // Single precision, as in a program: the bits are identical.
    const [centre, factor] = [Math.fround(centreOfChannel), Math.fround(1 / sd[channel])];
    for (let i = channel * positions; i < (channel + 1) * positions; i++) {
      into[at + i] = Math.fround(row[i] - centre) * factor;
    }
  });
}
