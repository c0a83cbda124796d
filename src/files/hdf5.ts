// HDF5 files by h5wasm, whose calls neither throw nor keep quiet by themselves: a bad file gives handles below zero and
// text on standard error. While it works for us that text is caught, and thrown once the call has returned. An
// exception that leaves the compiled code earlier, as h5wasm's own handler of errors throws, would keep the file open,
// and after a few such files no file would be read any more. Before and after the library is as others left it.
//
// A part of an HDF5 file may lie in another file of the machine: behind an external link, in external storage, or in
// the sources of a virtual dataset. The sender of a file could thus read any file that we may read. So while the
// library works for us it can open one file, the one that we were asked for; whatever needs another is refused by name.

import type * as Library from 'h5wasm/node';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { InputError, InterlatentError, InternalError } from '../errors.js';
import { damagedFile, regularFileSize } from './bytes.js';
import { causeMessage } from './cause.js';
import type { NumberArray } from './number-types.js';
import { loadPeer } from './peer.js';

type Hdf5 = Pick<typeof Library, 'File' | 'Group' | 'Dataset' | 'ready'>;
/** Opens a file for the compiled code, which calls it as a property. */
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

/** Bytes of a dataset that are read at once. */
const PIECE = 2 ** 24;

/** EACCES, as the compiled code numbers it. */
const NOT_PERMITTED = 2;
/** EIO, as the compiled code numbers it. */
const INPUT_OUTPUT_ERROR = 29;
const STANDARD_ERROR = 2;
const SUPERBLOCK = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
/** With its version. */
const HEAP = Buffer.from('GCOL\x01\0\0\0', 'latin1');
const HEAP_PIECE = 2 ** 16;
const HEAP_HEADER = 16;
const OBJECT_HEADER = 16;
/** O_DIRECTORY. */
const FOLDER = 0o200000;

/** Libraries whose errors are seen. */
const heard = new WeakSet<H5Module>();

/** What is at a path. */
export type Kind = 'group' | 'dataset';

export interface DatasetShape {
  readonly shape: readonly number[];
  /** Bytes of an element. */
  readonly size: number;
}

/**
 * Opens a file for as long as `work` takes.
 *
 * @param load where the package comes from
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
  /** True once the library has opened the file through what we put in its way. */
  #isWatched = false;
  #isWorking = false;

  constructor(
    readonly path: string,
    library: Hdf5,
    module: H5Module,
  ) {
    this.#library = library;
    this.#module = module;
    if (!heard.has(module)) {
      if (!isHeard(library, module)) throw unsupported('does not write its errors to standard error');
      heard.add(module);
    }
    this.#file = this.#loudly(() => new library.File(path, 'r'));
    if (!(this.#file.file_id > 0n)) throw damagedFile(path, 'it is no HDF5 file, or cut short');
    if (this.#isWatched) return;
    this.close();
    throw unsupported('opens files in a way that cannot be confined to one file');
  }

  /** Undefined where there is nothing. @throws InputError `unsupported-type` for a link to another file */
  kind(at: string): Kind | undefined {
    const found = this.#find(at);
    if (found === undefined) return undefined;
    return found instanceof this.#library.Dataset ? 'dataset' : 'group';
  }

  /** Names in a group. @throws InputError `damaged-file` where it is none */
  keys(at: string): readonly string[] {
    return this.#loudly(() => this.#group(at).keys());
  }

  /** Undefined where there is none. */
  attribute(at: string, name: string): unknown {
    const found = this.#find(at);
    if (!found) return undefined;
    return this.#loudly(() => (Object.hasOwn(found.attrs, name) ? found.attrs[name].value : undefined));
  }

  /** @throws InputError `damaged-file` where it is no dataset */
  dataset(at: string): DatasetShape {
    const { shape, size } = this.#loudly(() => this.#dataset(at).metadata);
    return { shape: shape ?? [], size };
  }

  /** All values of a vector. */
  async vector(at: string): Promise<Values> {
    const { shape } = this.dataset(at);
    if (shape.length !== 1) throw damagedFile(this.path, `${at} has ${shape.length} axes; it must be a vector`);
    if (shape[0] === 0) return [];
    await setImmediate();
    return this.#read(at, []);
  }

  /** Values of a vector, or rows of a matrix, piece by piece. */
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
    this.#loudly(() => this.#file.close());
  }

  #read(at: string, ranges: [number, number][]): Values {
    const values = this.#loudly(() => {
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
      const found = this.#loudly(() => (group.keys().includes(name) ? group.get(name) : undefined));
      if (found === undefined || found === null) return undefined;
      const isLast = i === names.length - 1;
      if (found instanceof this.#library.Dataset) return isLast ? found : undefined;
      if (!(found instanceof this.#library.Group)) {
        throw new InputError(
          'unsupported-type',
          `${this.path}: ${at} is a ${'type' in found ? found.type : 'Reference'}, which is not followed`,
          {
            path: this.path,
          },
        );
      }
      group = found;
    }
    return group;
  }

  #group(at: string): Library.Group {
    const found = this.#find(at);
    if (found instanceof this.#library.Group) return found;
    throw damagedFile(this.path, `it has no group ${at}`);
  }

  #dataset(at: string): Library.Dataset {
    const found = this.#find(at);
    if (found instanceof this.#library.Dataset) return found;
    throw damagedFile(this.path, `it has no dataset ${at}`);
  }

  /**
   * The library's errors are thrown, and become ours; it can open no other file.
   * @throws InputError `other-file`, `damaged-file`; what `work` throws
   */
  #loudly<Result>(work: () => Result): Result {
    if (this.#isWorking) return work();
    this.#isWorking = true;
    const seen = watched(this.path, this.#module, work);
    this.#isWorking = false;
    this.#isWatched ||= seen.isOpened;
    const { others, outcome, damage, trace } = seen;
    if ('cause' in outcome && outcome.cause instanceof InterlatentError) throw outcome.cause;
    if (others.length > 0) {
      throw new InputError(
        'other-file',
        `${this.path} takes values from another file (${others[0]}), by an external link, external storage or a ` +
          'virtual dataset. Other files are not read: copy the values into this file',
        { path: this.path, other: others[0] },
      );
    }
    if (trace === '' && 'result' in outcome) return outcome.result;
    const cause = 'cause' in outcome ? outcome.cause : undefined;
    throw damagedFile(this.path, damage ?? reasonOf(trace === '' ? causeMessage(cause) : trace), cause);
  }
}

/** What happened while the library worked. */
interface Watched<Result> {
  readonly outcome: { readonly result: Result } | { readonly cause: unknown };
  /** Whether the file was opened. */
  readonly isOpened: boolean;
  /** Other files that were asked for. */
  readonly others: readonly string[];
  /** Why the file is not read on. */
  readonly damage: string | undefined;
  /** What HDF5 wrote of its errors. */
  readonly trace: string;
}

/** Lets the library open the file at `path` alone. */
function watched<Result>(path: string, module: H5Module, work: () => Result): Watched<Result> {
  const { FS: files } = module;
  const { open, read, write } = files;
  // Where somebody else has asked for exceptions.
  module.deactivate_throwing_error_handler();
  const others: string[] = [];
  const said: Buffer[] = [];
  let isOpened = false;
  let damage: string | undefined;
  files.write = (stream, buffer, offset, length, ...rest) => {
    if (stream.fd !== STANDARD_ERROR) return write(stream, buffer, offset, length, ...rest);
    said.push(Buffer.from(Uint8Array.from(buffer.subarray(offset, offset + length))));
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
    // The library takes it for an error of the disk.
    if (damage !== undefined) throw new files.ErrnoError(INPUT_OUTPUT_ERROR);
    return count;
  };
  files.open = (name, flags, ...rest) => {
    if (name !== '' && resolve(name) === resolve(path)) {
      isOpened = true;
      return open(name, flags, ...rest);
    }
    // It also looks into folders of plugins, which hold no values.
    if ((flags & FOLDER) === 0) others.push(name);
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
  return { outcome, isOpened, others, damage, trace: Buffer.concat(said).toString() };
}

/** Whether the library's errors are seen: it is asked for a file without a name, which there cannot be. */
function isHeard(library: Hdf5, module: H5Module): boolean {
  return watched('', module, () => new library.File('', 'r')).trace !== '';
}

/**
 * Returns what HDF5 2.0 would read for ever in the bytes that it reads next; undefined for all other bytes. A global
 * heap collection (HDF5 File Format Specification 3.0, III.E) is such a place if an object takes no bytes, or so many
 * that the library's 32-bit sums wrap around.
 *
 * @param more bytes from a distance to the first of these on: the library reads a long collection in two pieces
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
      // The file ends here, which the library notices.
      if (piece.length < OBJECT_HEADER) return undefined;
    }
    const header = new DataView(piece.buffer, piece.byteOffset + at - from, OBJECT_HEADER);
    const isFree = header.getUint16(0, true) === 0;
    const length = Number(header.getBigUint64(8, true));
    // The length of free space counts its header.
    const step = isFree ? length : OBJECT_HEADER + 8 * Math.ceil(length / 8);
    if (step === 0 || at + step > size) return 'an object in a heap of texts has a length that cannot be';
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
    `This version of h5wasm ${how}, so HDF5 files are not read. Install the version that package.json names.`,
  );
}

/** The innermost line of HDF5's own trace. */
function reasonOf(message: string): string {
  const lines = [...message.matchAll(/^\s+#\d+: .*\(\): (.*)$/gm)].map(([, reason]) => reason);
  return lines.at(-1) ?? message.split('\n', 1)[0];
}
