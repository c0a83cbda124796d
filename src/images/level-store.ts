// The levels of many pictures of one size, channel after channel: a byte each, two from the first picture on that has
// 16 bits; in memory, or in a file where they are more than memory holds. Or their values in a unit of their own, four
// bytes each, in memory.

import { closeSync, fsyncSync, ftruncateSync, rmSync, writeSync } from 'node:fs';
import { InputError } from '../errors.js';
import { writeError } from '../files/atomic.js';
import { fileBytes } from '../files/file-range.js';
import { replaceFileSync } from '../files/replace-file.js';
import { createTemporarySync } from '../files/temporary.js';
import type { Picture } from './picture-form.js';

/** A level of 8 bits in 16. */
const WIDENING = 257;
const MAX_8 = 255;
const MAX_16 = 65_535;
/** Levels of 16 bits are kept as int16. */
export const ZERO_16 = -32_768;
/** Levels, or values, that are kept in memory. */
const MAX_IN_MEMORY = 2 ** 31;

export type StoredArray = Uint8Array | Int16Array;

/** Numbers and nothing else. */
export interface StoredFile {
  readonly path: string;
  readonly type: 'uint8' | 'int16';
  /** Numbers in the file. */
  readonly length: number;
}

/** Levels as numbers: `(number − zero) / unit` is from 0, black, to 1. */
export interface StoredLevels {
  readonly numbers: StoredArray | StoredFile;
  readonly zero: number;
  readonly unit: number;
}

export interface StoreSize {
  readonly rows: number;
  readonly channels: number;
  readonly pixels: number;
}

/** Where levels are collected, row by row; or values in a unit of their own. */
export interface LevelStore {
  /**
   * @param levels rows × columns × channels of a picture
   * @throws InputError `mixed-units` for levels beside values in a unit of their own, `cached-units` for these in a
   *   file; FileError `unwritable`, `disk-full`
   */
  set(row: number, levels: Picture['levels']): void;
  /** What was set, values as they are; a row that was not means nothing. */
  finish(): Promise<StoredLevels | Float32Array>;
  /** Gives up, and leaves nothing behind. */
  discard(): Promise<void>;
}

/** @throws InputError `too-large` */
export function memoryStore({ rows, channels, pixels }: StoreSize): LevelStore {
  const size = channels * pixels;
  if (rows * size > MAX_IN_MEMORY) {
    throw new InputError(
      'too-large',
      `${rows} pictures have ${rows * size} levels, up to ${MAX_IN_MEMORY} are kept in memory; lower size, or ` +
        'write cache: FOLDER beside it (not for DICOM and NIfTI, whose values have a unit of their own)',
      { rows },
    );
  }
  // Of the first picture on.
  let all: StoredArray | Float32Array | undefined;
  return {
    set(row, levels) {
      all ??= levels instanceof Float32Array ? new Float32Array(rows * size) : new Uint8Array(rows * size);
      if (levels instanceof Float32Array !== all instanceof Float32Array) {
        throw new InputError(
          'mixed-units',
          'some pictures have levels, and others values in a unit of their own; a modality has one kind: convert ' +
            'them, or make two modalities',
        );
      }
      if (levels instanceof Uint16Array && all instanceof Uint8Array) all = widened(all);
      all.set(planar(levels, channels, all instanceof Int16Array), row * size);
    },
    finish() {
      if (all instanceof Float32Array) return Promise.resolve(all);
      return Promise.resolve({ numbers: all ?? new Uint8Array(rows * size), ...codeOf(all instanceof Int16Array) });
    },
    discard: () => Promise.resolve(),
  };
}

/**
 * In a file, which has its name once it is whole.
 * @throws FileError `unwritable`, `disk-full`
 */
export function fileStore({ rows, channels, pixels }: StoreSize, path: string): LevelStore {
  const size = channels * pixels;
  let part = new PartialFile(path, rows * size);
  let isWide = false;
  return {
    set(row, levels) {
      if (levels instanceof Float32Array) {
        throw new InputError(
          'cached-units',
          'pictures have values in a unit of their own (DICOM, NIfTI), and a cache keeps levels; leave cache out, ' +
            'values are kept in memory',
        );
      }
      if (levels instanceof Uint16Array && !isWide) {
        // The first one of 16 bits: those before are written anew.
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
      part.write(planar(levels, channels, isWide), (isWide ? 2 : 1) * row * size);
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

/** What numbers of 8 or of 16 bits stand for. */
export function codeOf(isWide: boolean): Pick<StoredLevels, 'zero' | 'unit'> {
  return isWide ? { zero: ZERO_16, unit: MAX_16 } : { zero: 0, unit: MAX_8 };
}

class PartialFile {
  readonly path: string;
  readonly #target: string;
  #descriptor: number | undefined;

  /** Rows that are never written take no room, where the file system knows holes. */
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

  /** To the disk, under its name, and closed. */
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
    // Closed first: Windows keeps an open file under its name.
    this.#close();
    rmSync(this.path, { force: true });
  }

  #close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function widened(levels: Uint8Array): Int16Array {
  return new Int16Array(levels).map((level) => level * WIDENING + ZERO_16);
}

/** Rows × columns × channels as channels × rows × columns. */
function planar(levels: Picture['levels'], channels: number, isWide: boolean): StoredArray | Float32Array {
  const pixels = levels.length / channels;
  const Own = levels instanceof Float32Array ? Float32Array : isWide ? Int16Array : Uint8Array;
  const own = new Own(levels.length);
  const factor = isWide && levels instanceof Uint8Array ? WIDENING : 1;
  const zero = isWide ? ZERO_16 : 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      own[channel * pixels + pixel] = levels[pixel * channels + channel] * factor + zero;
    }
  }
  return own;
}
