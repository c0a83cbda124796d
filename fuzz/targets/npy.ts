// Arrays of NumPy; the header is a separate piece.

import { decodeNpy, encodeNpy, type NpyArray } from '../../src/files/npy.js';
import { expectEqual, type Target } from '../target.js';

const HEAD = 10;

/** Checks that an array is written and read back unchanged. Texts are written with the type `U`. */
export function expectNpyRoundTrip(array: NpyArray): void {
  const again = decodeNpy(encodeNpy(array), 'again.npy');
  expectEqual(again, array, 'array');
}

export const target: Target = {
  run: (bytes) => {
    expectNpyRoundTrip(decodeNpy(bytes, 'x.npy'));
  },
  open: (bytes) => {
    if (bytes.length < HEAD || bytes[6] !== 1) return undefined;
    const end = HEAD + bytes[8] + 256 * bytes[9];
    return end > bytes.length ? undefined : [bytes.subarray(HEAD, end), bytes.subarray(end)];
  },
  close: ([header, data], bytes) => {
    const head = Buffer.from(bytes.subarray(0, HEAD));
    head.writeUInt16LE(header.length % 65536, 8);
    return Buffer.concat([head, header, data]);
  },
};
