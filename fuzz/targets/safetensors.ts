// Tensors, which must be written and read back unchanged; the header is a separate piece.

import { decodeSafetensors, encodeSafetensors } from '../../src/files/safetensors.js';
import { expectEqual, type Target } from '../target.js';

const HEAD = 8;

export const target: Target = {
  run: (bytes) => {
    const { tensors, metadata } = decodeSafetensors(bytes, 'x.safetensors');
    const again = decodeSafetensors(encodeSafetensors(tensors, metadata), 'x.safetensors');
    expectEqual([...again.tensors].sort(byName), [...tensors].sort(byName), 'tensors');
    expectEqual(again.metadata, metadata, 'metadata');
  },
  open: (bytes) => {
    if (bytes.length < HEAD) return undefined;
    const end = HEAD + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    return end > bytes.length ? undefined : [bytes.subarray(HEAD, end), bytes.subarray(end)];
  },
  close: ([header, data]) => {
    const head = Buffer.alloc(HEAD);
    head.writeBigUInt64LE(BigInt(header.length));
    return Buffer.concat([head, header, data]);
  },
};

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
