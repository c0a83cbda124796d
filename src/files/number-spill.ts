// Keeps numbers of long tables in a temporary file, so that reading a table takes the memory of one column. The name of
// the file is removed at once, so that a killed process leaves no file.

import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '../errors/errors.js';

const DOUBLE = Float64Array.BYTES_PER_ELEMENT;

/** Closes files whose objects were garbage-collected. */
const registry = new FinalizationRegistry<number>((descriptor) => {
  closeSync(descriptor);
});

export class NumberSpill {
  readonly #descriptor: number;
  #length = 0;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
    registry.register(this, descriptor);
  }

  /** Opens a file; undefined if no temporary file can be created. Numbers then stay in memory. */
  static open(folder: string = tmpdir()): NumberSpill | undefined {
    const path = join(folder, `interlatent-${randomBytes(12).toString('hex')}.tmp`);
    let descriptor: number;
    try {
      descriptor = openSync(path, 'wx+', 0o600);
    } catch {
      return undefined;
    }
    try {
      rmSync(path);
      return new NumberSpill(descriptor);
    } catch {
      closeSync(descriptor);
      return undefined;
    }
  }

  /** Writes numbers and returns their position for `read`; undefined if the disk is full. */
  write(numbers: Float64Array): number | undefined {
    const bytes = bytesOf(numbers);
    const start = this.#length * DOUBLE;
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at, bytes.length - at, start + at);
    } catch {
      return undefined;
    }
    const place = this.#length;
    this.#length += numbers.length;
    return place;
  }

  /** Fills `target` with the numbers from `place` on. @throws FileError `unreadable` */
  read(place: number, target: Float64Array): void {
    const bytes = bytesOf(target);
    const start = place * DOUBLE;
    try {
      for (let at = 0; at < bytes.length;) {
        const read = readSync(this.#descriptor, bytes, at, bytes.length - at, start + at);
        if (read === 0) throw new Error('it became shorter');
        at += read;
      }
    } catch (cause) {
      throw new FileError('unreadable', `a temporary file in ${tmpdir()} cannot be read any more`, {}, cause);
    }
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
