// Pictures as they were read: whole numbers of one byte or two, in memory or in a file, standardised where they are
// read: by `gather` in a program, row by row elsewhere, to the same bits.

import { fileBytes } from '../files/file-range.js';
import type { DataFile } from '../graph/data-type.js';
import type { ChannelScale } from '../graph/index.js';

/** In memory, row-major. */
export type StoredArray = Uint8Array | Int16Array;

export type StoredType = 'uint8' | 'int16';

export type StoredFile = DataFile<StoredType>;

/** What a number stands for: `(number − zero) / unit`. */
export interface StoredCode {
  readonly zero: number;
  readonly unit: number;
}

/** What is stored of a modality's subjects. */
export interface StoredValues extends StoredCode {
  /** Subjects × channels × positions. */
  readonly numbers: StoredArray | StoredFile;
  /** 1 where a subject has numbers; left out where every subject has. What the others' are means nothing. */
  readonly present?: Uint8Array | undefined;
  /** Of each channel: standardised values are `(number − mean) / sd`. */
  readonly scale: ChannelScale;
}

export function isStoredFile(numbers: StoredArray | StoredFile): numbers is StoredFile {
  return !ArrayBuffer.isView(numbers);
}

export function storedType(numbers: StoredArray | StoredFile): StoredType {
  if (isStoredFile(numbers)) return numbers.type;
  return numbers instanceof Uint8Array ? 'uint8' : 'int16';
}

/** Scales of values as scales of numbers. */
export function storedScale(
  { zero, unit }: StoredCode,
  columns: readonly { readonly mean: number; readonly sd: number }[],
): ChannelScale {
  return { mean: columns.map(({ mean }) => mean * unit + zero), sd: columns.map(({ sd }) => sd * unit) };
}

/**
 * Numbers of subjects that follow each other.
 * @param width numbers of a subject
 * @throws InputError `missing-file`, `damaged-file` where a file is not there any more, or shorter; FileError
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
 * Writes the values of a subject, standardised; 0 where the subject has none.
 * @param at where in `into` they begin
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
  const own = storedNumbers(numbers, width, subject, 1);
  const positions = width / mean.length;
  mean.forEach((centreOfChannel, channel) => {
    // In single precision, as a program does it.
    const [centre, factor] = [Math.fround(centreOfChannel), Math.fround(1 / sd[channel])];
    for (let i = channel * positions; i < (channel + 1) * positions; i++) {
      into[at + i] = Math.fround(own[i] - centre) * factor;
    }
  });
}
