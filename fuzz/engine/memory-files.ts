// Files of the input folder in memory, because opening and closing a real file takes longer than reading it. In the
// programs of the engine, memory-fs.ts and memory-promises.ts replace node:fs and node:fs/promises.

import { constants } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import { INPUT_FOLDER } from './input-folder.js';

/** Larger than all descriptors of the system. */
const FIRST_DESCRIPTOR = 2 ** 30;

const ERRORS: Record<string, number> = { ENOENT: 2, EBADF: 9, EEXIST: 17 };

/** The content of a file. Open descriptors keep it if the file is renamed or removed. */
interface MemoryFile {
  bytes: Uint8Array;
}

interface Opened {
  readonly file: MemoryFile;
  at: number;
}

const files = new Map<string, MemoryFile>();
const opened = new Map<number, Opened>();
let next = FIRST_DESCRIPTOR;

/** True for a file in the input folder. The folder itself is real and stays empty. */
export const isOurs = (path: unknown): path is string =>
  typeof path === 'string' && basename(dirname(path)).startsWith(INPUT_FOLDER);

export const isOurFolder = (path: unknown): path is string =>
  typeof path === 'string' && basename(path).startsWith(INPUT_FOLDER);

export const isOurDescriptor = (descriptor: number): boolean => descriptor >= FIRST_DESCRIPTOR;

export const isThere = (path: string): boolean => files.has(path);

export const namesIn = (folder: string): string[] =>
  Array.from(files.keys())
    .filter((path) => dirname(path) === folder)
    .map((path) => basename(path));

function fileAt(path: string, call: string): MemoryFile {
  const file = files.get(path);
  if (file) return file;
  throw systemError('ENOENT', `no such file or directory, ${call} '${path}'`);
}

function openedAs(descriptor: number, call: string): Opened {
  const entry = opened.get(descriptor);
  if (entry) return entry;
  throw systemError('EBADF', `bad file descriptor, ${call}`);
}

const systemError = (code: string, message: string): Error =>
  Object.assign(new Error(`${code}: ${message}`), { code, errno: -ERRORS[code] });

const statusOf = (file: MemoryFile) => ({
  ...{ isFile: () => true, isDirectory: () => false, isSymbolicLink: () => false },
  size: file.bytes.length,
});

export const status = (path: string) => statusOf(fileAt(path, 'stat'));
export const openedStatus = (descriptor: number) => statusOf(openedAs(descriptor, 'fstat').file);

/** Opens a file. @returns its descriptor */
export function openFile(path: string, flags: string | number = 'r'): number {
  const { O_CREAT, O_EXCL, O_TRUNC, O_WRONLY } = constants;
  const bits = typeof flags === 'number' ? flags : flags.startsWith('w') ? O_WRONLY | O_CREAT | O_TRUNC : 0;
  if ((bits & O_EXCL) !== 0 && isThere(path)) throw systemError('EEXIST', `file already exists, open '${path}'`);
  if ((bits & O_CREAT) !== 0 && !isThere(path)) files.set(path, { bytes: new Uint8Array() });
  const file = fileAt(path, 'open');
  if ((bits & O_TRUNC) !== 0) file.bytes = new Uint8Array();
  opened.set(next, { file, at: 0 });
  return next++;
}

export function closeFile(descriptor: number): void {
  openedAs(descriptor, 'close');
  opened.delete(descriptor);
}

/** Reads from an open file. @returns the number of bytes read */
export function readOpened(descriptor: number, target: Uint8Array, [offset, length]: Range, at: At): number {
  const entry = openedAs(descriptor, 'read');
  const start = at ?? entry.at;
  const piece = entry.file.bytes.subarray(start, start + length);
  target.set(piece, offset);
  if (at === null || at === undefined) entry.at += piece.length;
  return piece.length;
}

/** Writes to an open file. @returns the number of bytes written */
export function writeOpened(descriptor: number, source: Uint8Array, [offset, length]: Range, at: At): number {
  const entry = openedAs(descriptor, 'write');
  const start = at ?? entry.at;
  const piece = source.subarray(offset, offset + length);
  resize(entry.file, Math.max(entry.file.bytes.length, start + piece.length));
  entry.file.bytes.set(piece, start);
  if (at === null || at === undefined) entry.at += piece.length;
  return piece.length;
}

/** A range of a buffer. */
type Range = readonly [offset: number, length: number];
/** A position in a file, or the current one. */
type At = number | null | undefined;

export const resizeOpened = (descriptor: number, size: number): void =>
  resize(openedAs(descriptor, 'ftruncate').file, size);

function resize(file: MemoryFile, size: number): void {
  if (file.bytes.length === size) return;
  const bytes = new Uint8Array(size);
  bytes.set(file.bytes.subarray(0, size));
  file.bytes = bytes;
}

export const contentOf = (path: string): Buffer => Buffer.from(fileAt(path, 'open').bytes);

export function writeWhole(path: string, data: string | Uint8Array): void {
  files.set(path, { bytes: typeof data === 'string' ? Buffer.from(data) : Uint8Array.from(data) });
}

export function renameFile(from: string, to: string): void {
  files.set(to, fileAt(from, 'rename'));
  files.delete(from);
}

export function removeFile(path: string, isForced: boolean): void {
  if (!files.delete(path) && !isForced) fileAt(path, 'rm');
}

/** The methods of a FileHandle that our readers and writers use. */
export class Handle {
  readonly fd: number;

  constructor(path: string, flags?: string | number) {
    this.fd = openFile(path, flags);
  }

  read(target: Uint8Array, offset = 0, length = target.length - offset, position?: number | null) {
    return settled(() => ({
      bytesRead: readOpened(this.fd, target, [offset, length], position),
      buffer: target,
    }));
  }

  readFile(encoding?: BufferEncoding) {
    return settled(() => {
      const bytes = this.#rest();
      return encoding ? bytes.toString(encoding) : bytes;
    });
  }

  write(source: Uint8Array, offset = 0, length = source.length - offset, position?: number | null) {
    return settled(() => ({
      bytesWritten: writeOpened(this.fd, source, [offset, length], position),
      buffer: source,
    }));
  }

  writeFile(data: string | Uint8Array) {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    return settled(() => void writeOpened(this.fd, bytes, [0, bytes.length], null));
  }

  createReadStream({ start = 0, end = Infinity }: { start?: number; end?: number } = {}): Readable {
    const bytes = openedAs(this.fd, 'read').file.bytes;
    return Readable.from([Buffer.from(bytes.subarray(start, end + 1))]);
  }

  truncate(size = 0) {
    return settled(() => resizeOpened(this.fd, size));
  }

  stat() {
    return settled(() => openedStatus(this.fd));
  }

  sync() {
    return settled(() => void openedAs(this.fd, 'fsync'));
  }

  datasync() {
    return this.sync();
  }

  close() {
    return settled(() => {
      if (opened.has(this.fd)) closeFile(this.fd);
    });
  }

  #rest(): Buffer {
    const { file, at } = openedAs(this.fd, 'read');
    return Buffer.from(file.bytes.subarray(at));
  }
}

/** Returns the result or the error of a call as a promise. */
export function settled<Value>(call: () => Value): Promise<Value> {
  return new Promise((resolve) => {
    resolve(call());
  });
}
