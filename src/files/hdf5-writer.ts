// Writes HDF5 files with h5wasm: a tree of groups and arrays. The library writes to a private temporary folder, and the
// finished bytes replace the target atomically, because h5wasm cannot report a full disk.
//
// The writer has a separate instance of h5wasm, because a damaged file can damage the memory of the instance that reads
// it.

import type * as Library from 'h5wasm/node';
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileError } from '../errors/errors.js';
import { causeMessage } from '../errors/cause.js';
import { writeFileAtomic } from './atomic.js';
import { loadPeer } from './peer.js';

/** Values of an attribute. A list of texts must not be empty. */
export type Hdf5Attribute = string | number | readonly string[];

export interface Hdf5Array {
  readonly kind: 'array';
  /** Values by rows; a single text or number is a scalar. */
  readonly values: Float32Array | Float64Array | Int32Array | Uint8Array | readonly string[] | string | number;
  /** Default: a vector, or a scalar. */
  readonly shape?: readonly number[] | undefined;
  readonly attributes?: Readonly<Record<string, Hdf5Attribute>>;
}

export interface Hdf5Group {
  readonly kind: 'group';
  readonly children: Readonly<Record<string, Hdf5Array | Hdf5Group>>;
  readonly attributes?: Readonly<Record<string, Hdf5Attribute>>;
}

/** Bytes of a user block, which precedes the HDF5 file. HDF5 looks for files at multiples of 512. */
const USER_BLOCK = 512;
/** Arrays of at least this number of values are compressed, in pieces of about as many. */
const MIN_COMPRESSED = 2 ** 16;

/**
 * Writes a file atomically.
 * @param userBlock text before the HDF5 file, at most 512 bytes, by which programs recognise a format
 * @throws InputError `missing-peer`; FileError `unwritable`, `disk-full`
 */
export async function writeHdf5(
  path: string,
  root: Hdf5Group,
  { userBlock }: { userBlock?: string } = {},
): Promise<void> {
  const library = await loadPeer('h5wasm', 'HDF5 files (.h5ad, .h5mu) are written and', privateInstance);
  await library.ready;
  const folder = await mkdtemp(join(tmpdir(), 'interlatent-hdf5-'));
  const temporary = join(folder, 'file.h5');
  try {
    try {
      writeTree(new library.File(temporary, 'w'), root);
    } catch (cause) {
      throw new FileError(
        'unwritable',
        `cannot write ${path}: h5wasm failed (${causeMessage(cause)})`,
        { path },
        cause,
      );
    }
    await writeFileAtomic(path, async (target) => {
      if (userBlock !== undefined) {
        const block = Buffer.alloc(USER_BLOCK);
        block.write(userBlock);
        await target.write(block);
      }
      for await (const piece of createReadStream(temporary)) await target.write(piece as Buffer);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Loads the library with memory that no reader uses: a module with another address is another instance. */
async function privateInstance(): Promise<typeof Library> {
  const folders = module.createRequire(import.meta.url).resolve.paths('h5wasm') ?? [];
  const file = folders.map((folder) => join(folder, 'h5wasm/dist/node/hdf5_hl.js')).find(existsSync);
  if (file === undefined) return import('h5wasm/node');
  return (await import(`${pathToFileURL(file).href}?writer`)) as typeof Library;
}

function writeTree(file: Library.File, root: Hdf5Group): void {
  try {
    writeGroup(file, root);
  } finally {
    file.close();
  }
}

function writeGroup(group: Library.Group, { children, attributes = {} }: Hdf5Group): void {
  writeAttributes(group, attributes);
  for (const [name, child] of Object.entries(children)) {
    if (child.kind === 'group') writeGroup(group.create_group(name), child);
    else writeArray(group, name, child);
  }
}

function writeArray(
  group: Library.Group,
  name: string,
  { values, shape: dimensions, attributes = {} }: Hdf5Array,
): void {
  const isScalar = typeof values === 'string' || typeof values === 'number';
  const shape = dimensions ?? (isScalar ? [] : [values.length]);
  const isCompressed = !isScalar && !Array.isArray(values) && values.length >= MIN_COMPRESSED;
  const width = shape.slice(1).reduce((product, length) => product * length, 1);
  const rows = Math.min(shape[0], Math.max(1, Math.ceil(MIN_COMPRESSED / width)));
  const dataset = group.create_dataset({
    name,
    data: (Array.isArray(values) ? [...(values as readonly string[])] : values) as Library.GuessableDataTypes,
    shape: [...shape],
    ...(typeof values === 'number' && { dtype: '<d' as const }),
    ...((typeof values === 'string' || Array.isArray(values)) && { dtype: 'S' as const }),
    ...(isCompressed && { chunks: [rows, ...shape.slice(1)], compression: 4 }),
  });
  writeAttributes(dataset, attributes);
}

function writeAttributes(
  target: Pick<Library.Group | Library.Dataset, 'create_attribute'>,
  attributes: Readonly<Record<string, Hdf5Attribute>>,
): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'number') target.create_attribute(name, value);
    else target.create_attribute(name, typeof value === 'string' ? value : [...value], null, 'S');
  }
}
