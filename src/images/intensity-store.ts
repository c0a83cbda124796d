// Stores the intensities of many images of one size by channel, in memory or in a file. They take one byte each, or two
// as soon as one image has 16 bits. Values in a physical unit take four bytes and are stored in memory only.

import { closeSync, fsyncSync, ftruncateSync, rmSync, writeSync } from 'node:fs';
import { InputError } from '../errors/errors.js';
import { writeError } from '../files/atomic.js';
import { fileBytes } from '../files/file-range.js';
import { replaceFileSync } from '../files/replace-file.js';
import { createTemporarySync } from '../files/temporary.js';
import type { DecodedImage } from './image-form.js';

/** Factor from 8 to 16 bits. */
const WIDENING = 257;
const MAX_8 = 255;
const MAX_16 = 65_535;
/** Stored number of a 16-bit intensity of 0: these are stored as int16. */
export const ZERO_16 = -32_768;
/** Maximum number of intensities or values in memory. */
const MAX_IN_MEMORY = 2 ** 31;

export type StoredArray = Uint8Array | Int16Array;

/** A file that contains only numbers. */
export interface StoredFile {
  readonly path: string;
  readonly type: 'uint8' | 'int16';
  /** Number of elements in the file. */
  readonly length: number;
}

/** Intensities as integers: `(number − zero) / unit` is between 0 (black) and 1. */
export interface StoredIntensities {
  readonly numbers: StoredArray | StoredFile;
  readonly zero: number;
  readonly unit: number;
}

export interface StoreSize {
  readonly rows: number;
  readonly channels: number;
  readonly pixels: number;
}

/** Collects intensities or values row by row. */
export interface IntensityStore {
  /**
   * Stores the image of a row.
   * @param intensities rows × columns × channels of an image
   * @throws InputError `mixed-units` for intensities next to values in a unit; `cached-units` for
   *   values in a unit and a store in a file; FileError `unwritable`, `disk-full`
   */
  set(row: number, intensities: DecodedImage['intensities']): void;
  /** Returns the intensities, or the values in their unit. A row that was not set has arbitrary content. */
  finish(): Promise<StoredIntensities | Float32Array>;
  /** Removes the incomplete store. */
  discard(): Promise<void>;
}

/** Returns a store in memory. @throws InputError `too-large` */
export function memoryStore({ rows, channels, pixels }: StoreSize): IntensityStore {
  const size = channels * pixels;
  if (rows * size > MAX_IN_MEMORY) {
    throw new InputError(
      'too-large',
      `${rows} images have ${rows * size} intensities, and up to ${MAX_IN_MEMORY} fit in memory; lower size, or ` +
        'add cache: FOLDER (not for DICOM and NIfTI, whose values have a physical unit)',
      { rows },
    );
  }
  // Allocated with the first image, which determines the type.
  let all: StoredArray | Float32Array | undefined;
  return {
    set(row, intensities) {
      all ??= intensities instanceof Float32Array ? new Float32Array(rows * size) : new Uint8Array(rows * size);
      if (intensities instanceof Float32Array !== all instanceof Float32Array) {
        throw new InputError(
          'mixed-units',
          'some images have intensities, and some have values in a physical unit; a modality has one kind: convert ' +
            'them, or make two modalities',
        );
      }
      if (intensities instanceof Uint16Array && all instanceof Uint8Array) all = widened(all);
      all.set(planar(intensities, channels, all instanceof Int16Array), row * size);
    },
    finish() {
      if (all instanceof Float32Array) return Promise.resolve(all);
      return Promise.resolve({ numbers: all ?? new Uint8Array(rows * size), ...codeOf(all instanceof Int16Array) });
    },
    discard: () => Promise.resolve(),
  };
}

/**
 * Returns a store in a file, which gets its name when it is complete.
 * @throws FileError `unwritable`, `disk-full`
 */
export function fileStore({ rows, channels, pixels }: StoreSize, path: string): IntensityStore {
  const size = channels * pixels;
  let part = new PartialFile(path, rows * size);
  let isWide = false;
  return {
    set(row, intensities) {
      if (intensities instanceof Float32Array) {
        throw new InputError(
          'cached-units',
          'images have values in a physical unit (DICOM, NIfTI), and a cache keeps intensities; leave cache out: ' +
            'values are kept in memory',
        );
      }
      if (intensities instanceof Uint16Array && !isWide) {
        // This is the first image of 16 bits: rewrite the earlier ones.
        const wide = new PartialFile(path, 2 * rows * size);
        try {
          for (let before = 0; before < row; before++) {
            wide.write(widened(fileBytes(part.path, before * size, size)), 2 * before * size);
          }
        } catch (cause) {
          wide.remove();
          throw cause;
        }
        part.remove();
        part = wide;
        isWide = true;
      }
      part.write(planar(intensities, channels, isWide), (isWide ? 2 : 1) * row * size);
    },
    finish() {
      part.finish();
      const numbers = { path, type: isWide ? 'int16' : 'uint8', length: rows * size } as const;
      return Promise.resolve({ numbers, ...codeOf(isWide) });
    },
    discard() {
      part.remove();
      return Promise.resolve();
    },
  };
}

/** Returns the code of numbers of 8 or 16 bits. */
export function codeOf(isWide: boolean): Pick<StoredIntensities, 'zero' | 'unit'> {
  return isWide ? { zero: ZERO_16, unit: MAX_16 } : { zero: 0, unit: MAX_8 };
}

class PartialFile {
  readonly path: string;
  readonly #target: string;
  #descriptor: number | undefined;

  /** Creates a file of its final size. Rows that are never written take no space if the file system supports holes. */
  constructor(target: string, bytes: number) {
    this.#target = target;
    try {
      const { path, descriptor } = createTemporarySync(target);
      this.path = path;
      this.#descriptor = descriptor;
    } catch (cause) {
      throw writeError(target, cause);
    }
    try {
      ftruncateSync(this.#descriptor, bytes);
    } catch (cause) {
      this.remove();
      throw writeError(target, cause);
    }
  }

  write({ buffer, byteOffset, byteLength }: ArrayBufferView, at: number): void {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    try {
      for (let done = 0; done < byteLength;) {
        done += writeSync(this.#descriptor!, bytes, done, byteLength - done, at + done);
      }
    } catch (cause) {
      throw writeError(this.#target, cause);
    }
  }

  /** Flushes the file to disk, renames and closes it. */
  finish(): void {
    try {
      fsyncSync(this.#descriptor!);
      replaceFileSync(this.path, this.#target);
      this.#close();
    } catch (cause) {
      throw writeError(this.#target, cause);
    }
  }

  remove(): void {
    // Close the file first: Windows keeps the name of an open file in use.
    this.#close();
    rmSync(this.path, { force: true });
  }

  #close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function widened(intensities: Uint8Array): Int16Array {
  return new Int16Array(intensities).map((intensity) => intensity * WIDENING + ZERO_16);
}

/** Converts rows × columns × channels to channels × rows × columns. */
function planar(
  intensities: DecodedImage['intensities'],
  channels: number,
  isWide: boolean,
): StoredArray | Float32Array {
  const pixels = intensities.length / channels;
  const Type = intensities instanceof Float32Array ? Float32Array : isWide ? Int16Array : Uint8Array;
  const result = new Type(intensities.length);
  const factor = isWide && intensities instanceof Uint8Array ? WIDENING : 1;
  const zero = isWide ? ZERO_16 : 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      result[channel * pixels + pixel] = intensities[pixel * channels + channel] * factor + zero;
    }
  }
  return result;
}
