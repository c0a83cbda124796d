// Reads IDX arrays (MNIST and similar data): type, number of axes, their sizes, then the elements, all big-endian.

import { damagedFile } from './bytes.js';
import type { NpyArray } from './npy.js';
import { numberType } from './number-types.js';

/** NumPy names of element types, by the third byte. */
const TYPES: Readonly<Record<number, string>> = { 8: 'u1', 9: 'i1', 11: 'i2', 12: 'i4', 13: 'f4', 14: 'f8' };

/** True if the bytes begin like an IDX file. */
export function isIdx(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 && bytes[2] in TYPES && bytes[3] > 0;
}

/**
 * Returns the array in the bytes of an IDX file as a copy.
 *
 * @param path path for errors
 * @throws InputError `damaged-file`
 */
export function decodeIdx(bytes: Uint8Array, path: string): NpyArray {
  const type = isIdx(bytes) ? numberType('npy', TYPES[bytes[2]]) : undefined;
  if (!type) throw damagedFile(path, 'it does not begin like an IDX array');
  const axes = bytes[3];
  const start = 4 + 4 * axes;
  if (bytes.length < start) throw damagedFile(path, `its header claims ${axes} axes and is cut short`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = type.array.BYTES_PER_ELEMENT;
  const needed = size * shape.reduce((a, b) => a * b, 1);
  const available = bytes.length - start;
  if (needed !== available) {
    throw damagedFile(path, `shape (${shape.join(', ')}) needs ${needed} bytes, ${available} follow the header`);
  }
  const raw = new Uint8Array(bytes.subarray(start));
  const buffer = Buffer.from(raw.buffer);
  if (size === 2) buffer.swap16();
  if (size === 4) buffer.swap32();
  if (size === 8) buffer.swap64();
  return { shape, data: new type.array(raw.buffer) };
}
