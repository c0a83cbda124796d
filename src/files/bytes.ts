// Opens and reads files that a user names, and creates the errors of missing, damaged and too large files.

import { constants, fstatSync, openSync, closeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { FileError, InputError, InterlatentError } from '../errors/errors.js';
import { causeCode, isKind, systemReason } from '../errors/cause.js';

/** Largest file read into memory, and largest size a compressed part may claim: 8 GiB. */
export const MAX_BYTES = 8 * 2 ** 30;

/** Largest text that is read as one string: a graph, a list of settings. */
const MAX_TEXT = 128 * 2 ** 20;

const READ_PIECE = 256 * 2 ** 20;
/** Flags with which opening a pipe without a writer does not block. Windows has no O_NONBLOCK and takes it as 0. */
const reading = () => constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Returns the bytes of a regular file in a new buffer.
 *
 * @throws InputError `missing-file`, `not-a-file` (folder, pipe, device), `too-large`; FileError `unreadable`
 */
export async function readBytes(path: string, maxBytes: number = MAX_BYTES): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { file, size } = await openRegular(path);
    try {
      if (size > maxBytes) throw tooLarge(path, size, maxBytes);
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
 * Returns the UTF-8 text of a regular file without its byte order mark.
 *
 * @throws InputError `missing-file`, `not-a-file`, `too-large`, `damaged-file`; FileError `unreadable`
 */
export async function readText(path: string, maxBytes: number = MAX_TEXT): Promise<string> {
  const bytes = await readBytes(path, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw damagedFile(path, 'it is not UTF-8', cause);
  }
}

/** An open regular file and its size at that time. Bytes that are written later are not read. */
export interface OpenRegular {
  readonly file: FileHandle;
  readonly size: number;
}

/**
 * Opens a regular file for reading. Refuses a pipe or a device, which could block or never end.
 *
 * @throws InputError `missing-file`, `not-a-file`; FileError `unreadable`
 */
export async function openRegular(path: string): Promise<OpenRegular> {
  try {
    const file = await open(path, reading());
    try {
      return { file, size: sizeOfRegular(path, file.fd) };
    } catch (cause) {
      await file.close();
      throw cause;
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}

/**
 * Opens a file that this package writes itself. Refuses anything else at its path: a pipe could block.
 *
 * @param flags flags of `open`
 * @throws InputError `not-a-file`; errors of the system, unchanged
 */
export async function openInternal(path: string, flags: number): Promise<FileHandle> {
  const notAFile = (cause?: unknown): InputError =>
    new InputError('not-a-file', `${path} is not a regular file; remove it`, { path }, cause);
  let file: FileHandle;
  try {
    file = await open(path, flags | constants.O_NONBLOCK);
  } catch (cause) {
    // A pipe without a reader, or a socket.
    throw causeCode(cause) === 'ENXIO' ? notAFile(cause) : cause;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notAFile();
}

/**
 * Returns the text of a file that other processes may write or remove at the same time; undefined if it is missing.
 *
 * @throws InputError `not-a-file`; errors of the system, unchanged
 */
export async function textIfExists(path: string): Promise<string | undefined> {
  try {
    const file = await openInternal(path, constants.O_RDONLY);
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    // A network file system reports a removed file as ESTALE.
    if (['ENOENT', 'ESTALE'].includes(causeCode(cause))) return undefined;
    throw cause;
  }
}

/** As `openRegular`, synchronously. The caller closes the descriptor. @throws as `openRegular` */
export function openRegularSync(path: string): { readonly descriptor: number; readonly size: number } {
  try {
    const descriptor = openSync(path, reading());
    try {
      return { descriptor, size: sizeOfRegular(path, descriptor) };
    } catch (cause) {
      closeSync(descriptor);
      throw cause;
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}

/**
 * Returns the size of a regular file in bytes.
 *
 * @throws InputError `missing-file`, `not-a-file`; FileError `unreadable`
 */
export async function regularFileSize(path: string): Promise<number> {
  const { file, size } = await openRegular(path);
  await file.close();
  return size;
}

function sizeOfRegular(path: string, descriptor: number): number {
  const stat = fstatSync(descriptor);
  if (stat.isFile()) return stat.size;
  const kind = stat.isDirectory() ? 'a folder' : 'not a regular file';
  throw new InputError('not-a-file', `${path} is ${kind}; give the path of a file`, { path });
}

/** Returns the coded error for a failed read. Errors of this package are returned unchanged. */
export function readError(path: string, cause: unknown): unknown {
  if (cause instanceof InterlatentError) return cause;
  const code = causeCode(cause);
  // Node refuses a name with a zero byte; the system refuses the other names.
  if (code === 'ERR_INVALID_ARG_VALUE' || code === 'ENAMETOOLONG' || code === 'ELOOP') {
    const reason = code === 'ELOOP' ? 'has too many symbolic links' : 'cannot be the name of a file';
    return new InputError('missing-file', `${shortened(path)} ${reason}; correct the path`, { path }, cause);
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new InputError(
      'missing-file',
      `no such file: ${path}; correct the path or create the file first`,
      { path },
      cause,
    );
  }
  // A socket cannot be opened at all.
  if (code === 'ENXIO' || code === 'ENODEV') {
    return new InputError('not-a-file', `${path} is not a regular file; give the path of a file`, { path }, cause);
  }
  if (code === 'EISDIR') {
    return new InputError('not-a-file', `${path} is a folder; give the path of a file`, { path }, cause);
  }
  const coded = outOfMemory(path, cause);
  if (coded !== cause) return coded;
  const why = systemReason(cause);
  return why === undefined ? cause : new FileError('unreadable', `cannot read ${path}: ${why}`, { path }, cause);
}

/** Returns the coded error for a file that does not fit in memory. Other errors are returned unchanged. */
export function outOfMemory(path: string, cause: unknown): unknown {
  if (!isKind(cause, 'RangeError')) return cause;
  return new InputError('too-large', `${path} does not fit in memory; split it or leave columns out`, { path }, cause);
}

function shortened(path: string): string {
  return JSON.stringify(path.length > 100 ? `${path.slice(0, 100)}…` : path);
}

/** Returns the error for a file whose content contradicts its format. `reason` describes what is wrong and where. */
export function damagedFile(path: string, reason: string, cause?: unknown): InputError {
  return new InputError('damaged-file', `${path} is damaged or has another format: ${reason}`, { path, reason }, cause);
}

/** Largest ratio of unpacked to packed size for content above `PACKED_FROM` bytes. Tables do not reach it. */
export const MAX_PACKED = 100;
export const PACKED_FROM = 16 * 2 ** 20;

/** Returns the error for a small file that unpacks to a very large one. */
export function tooPacked(path: string): InputError {
  return new InputError(
    'too-large',
    `${path} unpacks to more than ${MAX_PACKED} times its size, which is unusual for a table; unpack it yourself if ` +
      'it is one',
    { path },
  );
}

/** Returns the error for a file, or a size claimed in it, above the limit. */
export function tooLarge(path: string, bytes: number, maxBytes: number): InputError {
  return new InputError(
    'too-large',
    `${path} claims ${bytes} bytes; up to ${maxBytes} are read: split the file or leave parts of it out`,
    { path, bytes },
  );
}
