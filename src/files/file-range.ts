// Stretches of a file: what does not fit in memory is read as it is needed.

import { closeSync, readSync } from 'node:fs';
import { damagedFile, openRegularSync, readError } from './bytes.js';

/**
 * Opens a file to read for as long as `work` takes.
 * @param size bytes that it must have
 * @throws InputError `missing-file`, `damaged-file` where it has fewer bytes; FileError `unreadable`; what `work`
 *   throws
 */
export function withOpenFile<Result>(path: string, size: number, work: (descriptor: number) => Result): Result {
  try {
    const { descriptor, size: actual } = openRegularSync(path);
    try {
      if (actual < size) {
        throw damagedFile(path, `it has ${actual} bytes, not ${size}; remove it, and it is made again`);
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
 * @param start of the first byte
 * @returns bytes in a buffer of their own
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
