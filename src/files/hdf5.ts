// Reads HDF5 files with h5wasm. On a bad file h5wasm does not throw: it returns negative handles and writes to standard
// error. This module captures that text during a call and throws after the call has returned. An exception that leaves
// the compiled code earlier, as the error handler of h5wasm throws, would leave the file open, and after a few such
// files none could be opened. Outside of these calls the library is unchanged for its other users.
//
// A part of an HDF5 file may be in another file of the machine: behind an external link, in external storage, or in the
// sources of a virtual dataset. The sender of a file could then read any file that this process can read. During a call
// the library can therefore open only the requested file. A file that needs another one is refused with its name.

import type * as Library from 'h5wasm/node';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { InputError, InterlatentError, InternalError } from '../errors/errors.js';
import { damagedFile, regularFileSize } from './bytes.js';
import { causeMessage } from '../errors/cause.js';
import type { NumberArray } from './number-types.js';
import { loadPeer } from './peer.js';

type Hdf5 = Pick<typeof Library, 'File' | 'Group' | 'Dataset' | 'ready'>;
/** Opens a file for the compiled code. */
type Open = (path: string, flags: number, ...rest: readonly unknown[]) => unknown;
/** Reads from an opened file; returns the number of bytes. */
type Read = (stream: unknown, buffer: Int8Array, offset: number, length: number, position?: number) => number;
/** Writes to an opened file; returns the number of bytes. */
type Write = (
  stream: { readonly fd: number },
  buffer: Int8Array,
  offset: number,
  length: number,
  ...rest: readonly unknown[]
) => number;
type H5Module = Omit<Awaited<typeof Library.ready>, 'FS'> & {
  readonly FS: { open: Open; read: Read; write: Write; readonly ErrnoError: new (errno: number) => Error };
};
export type Values = NumberArray | readonly string[];

/** Bytes of a dataset that are read in one call. */
const PIECE = 2 ** 24;

/** EACCES, as the compiled code numbers it. */
const NOT_PERMITTED = 2;
/** EIO, as the compiled code numbers it. */
const INPUT_OUTPUT_ERROR = 29;
const STANDARD_ERROR = 2;
const SUPERBLOCK = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
/** Signature and version of a global heap collection. */
const HEAP = Buffer.from('GCOL\x01\0\0\0', 'latin1');
const HEAP_PIECE = 2 ** 16;
const HEAP_HEADER = 16;
const OBJECT_HEADER = 16;
/** O_DIRECTORY. */
const FOLDER = 0o200000;

/** Libraries whose error output can be captured. */
const verified = new WeakSet<H5Module>();

/** Kind of object at a path. */
export type Kind = 'group' | 'dataset';

export interface DatasetShape {
  readonly shape: readonly number[];
  /** Bytes of an element. */
  readonly size: number;
}

/**
 * Opens a file while `work` runs.
 *
 * @param load loads the package
 * @throws InputError `missing-peer`, `missing-file`, `damaged-file`, `other-file`; FileError `unreadable`; what `work`
 *   throws
 */
export async function withHdf5<Result>(
  path: string,
  work: (file: Hdf5File) => Promise<Result>,
  load: () => Promise<Hdf5> = () => import('h5wasm/node'),
): Promise<Result> {
  await regularFileSize(path);
  const library = await loadPeer('h5wasm', 'HDF5 files (.h5ad, .h5mu) are', load);
  const file = new Hdf5File(path, library, (await library.ready) as unknown as H5Module);
  try {
    return await work(file);
  } finally {
    file.close();
  }
}

export class Hdf5File {
  readonly #file: Library.File;
  readonly #library: Hdf5;
  readonly #module: H5Module;
  /** True once the library has opened the file through our replacement of `open`. */
  #isWatched = false;
  #isWorking = false;

  constructor(
    readonly path: string,
    library: Hdf5,
    module: H5Module,
  ) {
    this.#library = library;
    this.#module = module;
    if (!verified.has(module)) {
      if (!writesErrors(library, module)) throw unsupported('does not write its errors to standard error');
      verified.add(module);
    }
    this.#file = this.#checked(() => new library.File(path, 'r'));
    if (!(this.#file.file_id > 0n)) throw damagedFile(path, 'it is not an HDF5 file, or cut short');
    if (this.#isWatched) return;
    this.close();
    throw unsupported('opens files in a way that cannot be confined to one file');
  }

  /** Returns the kind of object; undefined if there is none. @throws InputError `unsupported-type` for other objects */
  kind(at: string): Kind | undefined {
    const object = this.#find(at);
    if (object === undefined) return undefined;
    return object instanceof this.#library.Dataset ? 'dataset' : 'group';
  }

  /** Returns the names in a group. @throws InputError `damaged-file` if it is not a group */
  keys(at: string): readonly string[] {
    return this.#checked(() => this.#group(at).keys());
  }

  /** Returns an attribute; undefined if there is none. */
  attribute(at: string, name: string): unknown {
    const object = this.#find(at);
    if (!object) return undefined;
    return this.#checked(() => (Object.hasOwn(object.attrs, name) ? object.attrs[name].value : undefined));
  }

  /** Returns shape and element size. @throws InputError `damaged-file` if it is not a dataset */
  dataset(at: string): DatasetShape {
    const { shape, size } = this.#checked(() => this.#dataset(at).metadata);
    return { shape: shape ?? [], size };
  }

  /** Returns all values of a vector. */
  async vector(at: string): Promise<Values> {
    const { shape } = this.dataset(at);
    if (shape.length !== 1) throw damagedFile(this.path, `${at} has ${shape.length} axes; it must be a vector`);
    if (shape[0] === 0) return [];
    await setImmediate();
    return this.#read(at, []);
  }

  /** Yields values of a vector, or rows of a matrix, in pieces. */
  async *pieces(
    at: string,
    [from, to]: readonly [number, number],
  ): AsyncGenerator<{ first: number; count: number; values: Values }> {
    const { shape, size } = this.dataset(at);
    const width = shape.slice(1).reduce((product, length) => product * length, 1);
    const step = Math.max(1, Math.floor(PIECE / Math.max(1, width * size)));
    for (let first = from; first < to; first += step) {
      const count = Math.min(step, to - first);
      const values = this.#read(at, [[first, first + count]]);
      if (values.length !== count * width) throw damagedFile(this.path, `${at} has fewer values than it claims`);
      yield { first, count, values };
      await setImmediate();
    }
  }

  close(): void {
    this.#checked(() => this.#file.close());
  }

  #read(at: string, ranges: [number, number][]): Values {
    const values = this.#checked(() => {
      const dataset = this.#dataset(at);
      return ranges.length > 0 ? dataset.slice(ranges) : dataset.value;
    });
    if (typeof values === 'object' && values !== null && 'length' in values) return values as Values;
    throw damagedFile(this.path, `${at} has no values`);
  }

  #find(at: string): Library.Group | Library.Dataset | undefined {
    let group: Library.Group = this.#file;
    const names = at.split('/').filter((name) => name !== '');
    for (const [i, name] of names.entries()) {
      const object = this.#checked(() => (group.keys().includes(name) ? group.get(name) : undefined));
      if (object === undefined || object === null) return undefined;
      const isLast = i === names.length - 1;
      if (object instanceof this.#library.Dataset) return isLast ? object : undefined;
      if (!(object instanceof this.#library.Group)) {
        throw new InputError(
          'unsupported-type',
          `${this.path}: ${at} is a ${'type' in object ? object.type : 'Reference'}, which is not followed`,
          {
            path: this.path,
          },
        );
      }
      group = object;
    }
    return group;
  }

  #group(at: string): Library.Group {
    const object = this.#find(at);
    if (object instanceof this.#library.Group) return object;
    throw damagedFile(this.path, `it has no group ${at}`);
  }

  #dataset(at: string): Library.Dataset {
    const object = this.#find(at);
    if (object instanceof this.#library.Dataset) return object;
    throw damagedFile(this.path, `it has no dataset ${at}`);
  }

  /**
   * Runs a call of the library: throws its errors as coded errors, and prevents access to other files.
   * @throws InputError `other-file`, `damaged-file`; what `work` throws
   */
  #checked<Result>(work: () => Result): Result {
    if (this.#isWorking) return work();
    this.#isWorking = true;
    const call = watched(this.path, this.#module, work);
    this.#isWorking = false;
    this.#isWatched ||= call.isOpened;
    const { otherFiles, outcome, damage, trace } = call;
    if ('cause' in outcome && outcome.cause instanceof InterlatentError) throw outcome.cause;
    if (otherFiles.length > 0) {
      throw new InputError(
        'other-file',
        `${this.path} takes values from another file (${otherFiles[0]}), by an external link, external storage or a ` +
          'virtual dataset. Other files are not read: copy the values into this file',
        { path: this.path, other: otherFiles[0] },
      );
    }
    if (trace === '' && 'result' in outcome) return outcome.result;
    const cause = 'cause' in outcome ? outcome.cause : undefined;
    throw damagedFile(this.path, damage ?? reasonOf(trace === '' ? causeMessage(cause) : trace), cause);
  }
}

/** Record of a call of the library. */
interface Watched<Result> {
  readonly outcome: { readonly result: Result } | { readonly cause: unknown };
  /** True if the file was opened. */
  readonly isOpened: boolean;
  /** Other files that the library tried to open. */
  readonly otherFiles: readonly string[];
  /** Why the rest of the file is not read. */
  readonly damage: string | undefined;
  /** Errors that HDF5 wrote. */
  readonly trace: string;
}

/** Runs `work` while the library can open only the file at `path`. */
function watched<Result>(path: string, module: H5Module, work: () => Result): Watched<Result> {
  const { FS: files } = module;
  const { open, read, write } = files;
  // Other users of the library may have turned exceptions on.
  module.deactivate_throwing_error_handler();
  const otherFiles: string[] = [];
  const output: Buffer[] = [];
  let isOpened = false;
  let damage: string | undefined;
  files.write = (stream, buffer, offset, length, ...rest) => {
    if (stream.fd !== STANDARD_ERROR) return write(stream, buffer, offset, length, ...rest);
    output.push(Buffer.from(Uint8Array.from(buffer.subarray(offset, offset + length))));
    return length;
  };
  files.read = (stream, buffer, offset, length, position) => {
    const count = read(stream, buffer, offset, length, position);
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, count);
    const more = (at: number, wanted: number): Uint8Array => {
      const piece = new Int8Array(wanted);
      return new Uint8Array(piece.buffer, 0, read(stream, piece, 0, wanted, (position ?? 0) + at));
    };
    damage ??= endlessPart(bytes, more);
    // The library handles this as a disk error.
    if (damage !== undefined) throw new files.ErrnoError(INPUT_OUTPUT_ERROR);
    return count;
  };
  files.open = (name, flags, ...rest) => {
    if (name !== '' && resolve(name) === resolve(path)) {
      isOpened = true;
      return open(name, flags, ...rest);
    }
    // The library also opens folders of plugins, which have no values.
    if ((flags & FOLDER) === 0) otherFiles.push(name);
    throw new files.ErrnoError(NOT_PERMITTED);
  };
  let outcome: Watched<Result>['outcome'];
  try {
    outcome = { result: work() };
  } catch (cause) {
    outcome = { cause };
  } finally {
    Object.assign(files, { open, read, write });
  }
  return { outcome, isOpened, otherFiles, damage, trace: Buffer.concat(output).toString() };
}

/** True if the error output of the library can be captured. Opens a file without a name, which must fail. */
function writesErrors(library: Hdf5, module: H5Module): boolean {
  return watched('', module, () => new library.File('', 'r')).trace !== '';
}

/**
 * Returns why HDF5 2.0 would never finish reading these bytes; undefined if it would. In a global heap collection (HDF5
 * File Format Specification 3.0, III.E) this happens if an object has 0 bytes, or a length at which the 32-bit sums of
 * the library wrap around.
 *
 * @param more returns bytes at a distance from the first of these; the library reads a long collection in two pieces
 */
function endlessPart(bytes: Uint8Array, more: (at: number, count: number) => Uint8Array): string | undefined {
  if (startsWith(bytes, SUPERBLOCK) && bytes.length > 14) {
    const lengths = bytes[8] < 2 ? bytes[14] : bytes[10];
    return lengths === 8 ? undefined : `its lengths have ${lengths} bytes; only files with lengths of 8 bytes are read`;
  }
  if (!startsWith(bytes, HEAP) || bytes.length < HEAP_HEADER) return undefined;
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(8, true));
  let [piece, from] = [bytes, 0];
  for (let at = HEAP_HEADER; at + OBJECT_HEADER <= size;) {
    if (at + OBJECT_HEADER > from + piece.length) {
      piece = more(at, Math.min(HEAP_PIECE, size - at));
      from = at;
      // The file ends here, and the library reports it.
      if (piece.length < OBJECT_HEADER) return undefined;
    }
    const header = new DataView(piece.buffer, piece.byteOffset + at - from, OBJECT_HEADER);
    const isFree = header.getUint16(0, true) === 0;
    const length = Number(header.getBigUint64(8, true));
    // The length of free space counts its header.
    const step = isFree ? length : OBJECT_HEADER + 8 * Math.ceil(length / 8);
    if (step === 0 || at + step > size) return 'an object in a heap of texts has an impossible length';
    at += step;
  }
  return undefined;
}

function startsWith(bytes: Uint8Array, signature: Uint8Array): boolean {
  return bytes.length >= signature.length && signature.every((byte, i) => bytes[i] === byte);
}

function unsupported(how: string): InternalError {
  return new InternalError(
    'unsupported-peer',
    `This version of h5wasm ${how}, so HDF5 files cannot be read. Install the version in package.json.`,
  );
}

/** Returns the innermost line of the error trace of HDF5. */
function reasonOf(message: string): string {
  const lines = [...message.matchAll(/^\s+#\d+: .*\(\): (.*)$/gm)].map(([, reason]) => reason);
  return lines.at(-1) ?? message.split('\n', 1)[0];
}
