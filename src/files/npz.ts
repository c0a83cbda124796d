// Reads and writes NumPy's .npz archives: zips of .npy arrays by name.

import { writeFileAtomic } from './atomic.js';
import { readBytes } from './bytes.js';
import { decodeNpy, encodeNpy, type NpyArray } from './npy.js';
import { unzip, zip } from './zip.js';

/**
 * Returns the arrays in the bytes of a .npz file. Ignores other entries of the archive.
 *
 * @param path path for errors
 * @throws InputError `damaged-file`, `unsafe-name`, `too-large`, `unsupported-zip`, `unsupported-type`
 */
export function decodeNpz(bytes: Uint8Array, path: string, maxBytes?: number): Map<string, NpyArray> {
  const arrays = new Map<string, NpyArray>();
  for (const [name, content] of unzip(bytes, path, maxBytes)) {
    if (name.endsWith('.npy')) arrays.set(name.slice(0, -4), decodeNpy(content, `${path}:${name}`));
  }
  return arrays;
}

/**
 * Returns the bytes of a .npz file. The same arrays give the same bytes.
 * @throws InputError `invalid-array`, `unsafe-name`
 */
export function encodeNpz(arrays: Iterable<readonly [string, NpyArray]>): Uint8Array<ArrayBuffer> {
  return zip(Array.from(arrays, ([name, array]) => [`${name}.npy`, encodeNpy(array)] as const));
}

/** Reads a .npz file. @throws as `decodeNpz`; InputError `missing-file`; FileError `unreadable` */
export async function readNpz(path: string): Promise<Map<string, NpyArray>> {
  return decodeNpz(await readBytes(path), path);
}

/** Writes a .npz file atomically. @throws as `encodeNpz`; FileError `unwritable`, `disk-full` */
export async function writeNpz(path: string, arrays: Iterable<readonly [string, NpyArray]>): Promise<void> {
  await writeFileAtomic(path, encodeNpz(arrays));
}
