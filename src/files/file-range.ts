// Reads ranges of files that do not fit in memory.

import { closeSync, readSync } from 'node:fs';
import { damagedFile, openRegularSync, readError } from './bytes.js';

/**
 * Opens a file for reading while `work` runs.
 * @param size minimum number of bytes of the file
 * @throws InputError `missing-file`, `damaged-file` if it has fewer bytes; FileError `unreadable`; what `work`
 *   throws
 */
export function withOpenFile<Result>(path: string, size: number, work: (descriptor: number) => Result): Result {
  try {
    const { descriptor, size: actual } = openRegularSync(path);
    try {
      if (actual < size) {
        throw damagedFile(path, `it has ${actual} bytes, not ${size}; remove it, and it is created again`);
      }
      return work(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}

/**
 * Reads a range of a file.
 * @param start position of the first byte
 * @returns the bytes in a new buffer
 * @throws what `withOpenFile` throws
 */
export function fileBytes(path: string, start: number, size: number): Uint8Array<ArrayBuffer> {
  return withOpenFile(path, start + size, (descriptor) => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const read = readSync(descriptor, bytes, at, size - at, start + at);
      if (read === 0) throw damagedFile(path, 'it became shorter while it was read');
      at += read;
    }
    return bytes;
  });
}
