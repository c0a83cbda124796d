// Reads arrays with any number of axes: .npy, .npz and IDX, each also gzipped. The first bytes of the file determine
// the format.

import { constants } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import { damagedFile, MAX_BYTES, readBytes } from './bytes.js';
import { causeMessage } from '../errors/cause.js';
import { decodeIdx, isIdx } from './idx.js';
import { decodeNpy, type NpyArray } from './npy.js';
import { decodeNpz } from './npz.js';

/**
 * Returns the array of a file, or the named array of an archive.
 *
 * @param name name of an array in a .npz; not needed if only one `fits`
 * @param fits true for an array of the expected kind
 * @throws InputError `missing-file`, `damaged-file`, `unsupported-type`, `unknown-format`, `missing-array`; FileError
 *   `unreadable`
 */
export async function readArray(
  path: string,
  { name, fits }: { readonly name?: string | undefined; readonly fits: (array: NpyArray) => boolean },
): Promise<NpyArray> {
  const arrays = decodeArrays(await inflated(await readBytes(path), path), path);
  if (arrays instanceof Map) return chooseArray(arrays, { name, fits, path });
  if (name === undefined) return arrays;
  throw missingArray(`${path} is a single array, which has no name; leave '${name}' out`, path);
}

function decodeArrays(bytes: Uint8Array, path: string): NpyArray | Map<string, NpyArray> {
  const [first, second] = bytes;
  if (first === 0x93) return decodeNpy(bytes, path);
  if (first === 0x50 && second === 0x4b) return decodeNpz(bytes, path);
  if (isIdx(bytes)) return decodeIdx(bytes, path);
  throw new InputError(
    'unknown-format',
    `${path}: arrays are read from .npy, .npz and IDX files, and this is none of them`,
    {
      path,
    },
  );
}

async function inflated(bytes: Uint8Array, path: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: Math.min(MAX_BYTES, constants.MAX_LENGTH) });
  } catch (cause) {
    throw damagedFile(path, `gzip: ${causeMessage(cause)}`, cause);
  }
}

interface Choice {
  readonly name: string | undefined;
  readonly fits: (array: NpyArray) => boolean;
  readonly path: string;
}

function chooseArray(arrays: ReadonlyMap<string, NpyArray>, { name, fits, path }: Choice): NpyArray {
  const names = [...arrays.keys()];
  const listed = names.join(', ') || 'nothing';
  if (name !== undefined) {
    const array = arrays.get(name);
    if (array) return array;
    throw missingArray(`${path} has no array '${name}'${didYouMean(name, names)}; it has ${listed}`, path);
  }
  const fitting = [...arrays.values()].filter(fits);
  if (fitting.length === 1) return fitting[0];
  throw missingArray(`${path} has ${listed}; choose an array by its name`, path);
}

function missingArray(message: string, path: string): InputError {
  return new InputError('missing-array', message, { path });
}
