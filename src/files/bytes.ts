// The one way to open a file that a user named, reading it whole, and the one error that every damaged file gives.

import { constants, fstatSync, openSync, closeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { FileError, InputError, InterlatentError } from '../errors.js';
import { causeCode, isKind, systemReason } from './cause.js';

/** Largest file read into memory, and largest size a compressed part may claim: 8 GiB. */
export const MAX_BYTES = 8 * 2 ** 30;

/** Largest text that is one string in memory while it is read: a graph, a list of settings. */
export const MAX_TEXT = 128 * 2 ** 20;

const READ_PIECE = 256 * 2 ** 20;
/** So that opening a pipe without a writer cannot hang; Windows has no such flag and reads it as 0. */
const reading = () => constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * The bytes of a regular file, in a buffer of their own.
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
 * The text of a regular file in UTF-8, without a byte order mark.
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

/** A regular file that is open, and its bytes at that time: what is written there later is not read. */
export interface OpenRegular {
  readonly file: FileHandle;
  readonly size: number;
}

/**
 * Opens a regular file to read, and nothing else: a pipe or a device would be waited for, or never end.
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
 * Opens a file that a program writes itself, and nothing else that stands under its name: a pipe would be waited for.
 *
 * @param flags of `open`
 * @throws InputError `not-a-file`; what the system says, as it says it
 */
export async function openOwn(path: string, flags: number): Promise<FileHandle> {
  const notAFile = (cause?: unknown): InputError =>
    new InputError('not-a-file', `${path} is not a regular file; remove it`, { path }, cause);
  let file: FileHandle;
  try {
    file = await open(path, flags | constants.O_NONBLOCK);
  } catch (cause) {
    // A pipe that nobody reads, or a socket.
    throw causeCode(cause) === 'ENXIO' ? notAFile(cause) : cause;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notAFile();
}

/**
 * The text of a file that others may write or remove at this moment; undefined where there is none.
 *
 * @throws InputError `not-a-file`; what the system says, as it says it
 */
export async function textIfThere(path: string): Promise<string | undefined> {
  try {
    const file = await openOwn(path, constants.O_RDONLY);
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    // As a network says what is gone.
    if (['ENOENT', 'ESTALE'].includes(causeCode(cause))) return undefined;
    throw cause;
  }
}

/** As `openRegular`, without waiting; the caller closes the descriptor. @throws as `openRegular` */
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
 * The size of a regular file in bytes.
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

/** The coded error for a failed read; errors of this package pass through unchanged. */
export function readError(path: string, cause: unknown): unknown {
  if (cause instanceof InterlatentError) return cause;
  const code = causeCode(cause);
  // A zero inside a name is refused by Node, the rest by the system.
  if (code === 'ERR_INVALID_ARG_VALUE' || code === 'ENAMETOOLONG' || code === 'ELOOP') {
    const reason = code === 'ELOOP' ? 'has too many symbolic links' : 'cannot be the name of a file';
    return new InputError('missing-file', `${shortened(path)} ${reason}; correct the path`, { path }, cause);
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new InputError(
      'missing-file',
      `no such file: ${path}; correct the path or make the file first`,
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
  const inWords = outOfMemory(path, cause);
  if (inWords !== cause) return inWords;
  const why = systemReason(cause);
  return why === undefined ? cause : new FileError('unreadable', `cannot read ${path}: ${why}`, { path }, cause);
}

/** The coded error for a file of which more was asked than there is memory; other errors pass through unchanged. */
export function outOfMemory(path: string, cause: unknown): unknown {
  if (!isKind(cause, 'RangeError')) return cause;
  return new InputError('too-large', `${path} does not fit in memory; split it or leave columns out`, { path }, cause);
}

function shortened(path: string): string {
  return JSON.stringify(path.length > 100 ? `${path.slice(0, 100)}…` : path);
}

/** A file whose content contradicts its format. `reason` says what stands where. */
export function damagedFile(path: string, reason: string, cause?: unknown): InputError {
  return new InputError('damaged-file', `${path} is damaged or has another format: ${reason}`, { path, reason }, cause);
}

/** Contents above the second limit are refused if they exceed their packed size by this ratio: no table does. */
export const MAX_PACKED = 100;
export const PACKED_FROM = 16 * 2 ** 20;

/** A small file that unpacks to a very large one. */
export function tooPacked(path: string): InputError {
  return new InputError(
    'too-large',
    `${path} unpacks to more than ${MAX_PACKED} times its size, as hardly any table of values does; unpack it if it ` +
      'is one',
    { path },
  );
}

/** A file, or a size claimed inside one, beyond what is read. */
export function tooLarge(path: string, bytes: number, maxBytes: number): InputError {
  return new InputError(
    'too-large',
    `${path} claims ${bytes} bytes; up to ${maxBytes} are read: split the file or leave parts of it out`,
    { path, bytes },
  );
}
