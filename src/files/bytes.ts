// Reading a whole file with coded errors, and the one error that every damaged file gives.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { FileError, InputError, InterlatentError } from '../errors.js';
import { causeCode, isKind, systemReason } from './cause.js';

/** Largest file read into memory, and largest size a compressed part may claim: 8 GiB. */
export const MAX_BYTES = 8 * 2 ** 30;

const READ_PIECE = 256 * 2 ** 20;

/**
 * The bytes of a regular file, in a buffer of their own.
 *
 * @throws InputError `missing-file`, `not-a-file` (folder, pipe, device), `too-large`; FileError `unreadable`
 */
export async function readBytes(path: string, maxBytes: number = MAX_BYTES): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const size = await regularFileSize(path);
    if (size > maxBytes) throw tooLarge(path, size, maxBytes);
    const file = await open(path, 'r');
    try {
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size;) {
        const { bytesRead } = await file.read(bytes, at, Math.min(READ_PIECE, size - at), at);
        if (bytesRead === 0) throw damagedFile(path, 'it became shorter while it was read');
        at += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}

/**
 * The size of a regular file in bytes.
 *
 * @throws InputError `missing-file`, `not-a-file`; FileError `unreadable`
 */
export async function regularFileSize(path: string): Promise<number> {
  try {
    // Non-blocking, so that opening a pipe without a writer cannot hang; Windows has no such flag and reads it as 0.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) {
        throw new InputError(
          'not-a-file',
          `${path} is ${stat.isDirectory() ? 'a folder' : 'not a regular file'}; give the path of a file`,
          {
            path,
          },
        );
      }
      return stat.size;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}

/** The coded error for a failed read; errors of this package pass through unchanged. */
export function readError(path: string, cause: unknown): unknown {
  if (cause instanceof InterlatentError) return cause;
  const code = causeCode(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new InputError(
      'missing-file',
      `no such file: ${path}; correct the path or make the file first`,
      { path },
      cause,
    );
  }
  if (code === 'EISDIR') {
    return new InputError('not-a-file', `${path} is a folder; give the path of a file`, { path }, cause);
  }
  if (isKind(cause, 'RangeError')) {
    return new InputError(
      'too-large',
      `${path} does not fit in memory; split it or leave columns out`,
      { path },
      cause,
    );
  }
  const why = systemReason(cause);
  return why === undefined ? cause : new FileError('unreadable', `cannot read ${path}: ${why}`, { path }, cause);
}

/** A file whose content contradicts its format. `reason` says what stands where. */
export function damagedFile(path: string, reason: string, cause?: unknown): InputError {
  return new InputError('damaged-file', `${path} is damaged or has another format: ${reason}`, { path, reason }, cause);
}

/** A file, or a size claimed inside one, beyond what is read. */
export function tooLarge(path: string, bytes: number, maxBytes: number): InputError {
  return new InputError(
    'too-large',
    `${path} claims ${bytes} bytes; up to ${maxBytes} are read: split the file or leave parts of it out`,
    { path, bytes },
  );
}
