// Numbers of long tables on their way to a data set: in a temporary file, so that what is read of a table takes as much
// memory as one of its columns. The file has no name from the beginning: a killed process leaves nothing behind.

import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '../errors.js';

const DOUBLE = Float64Array.BYTES_PER_ELEMENT;

/** Closes files that nobody reads any more. */
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

  /** @returns undefined where no temporary file can be made: numbers stay in memory then */
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

  /** @returns where the numbers stand, to be read from there; undefined where the disk has no room for them */
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

  /** Fills `target` from a place on. @throws FileError `unreadable` */
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
