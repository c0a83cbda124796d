// The table of number types: every type has a distinct name in .npy and in safetensors, and a round trip through both
// preserves it.

import { describe, expect, test } from '@jest/globals';
import { decodeNpy, encodeNpy } from '../../src/files/npy.js';
import { numberType, numberTypeNames, type NumberFormat } from '../../src/files/number-types.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/files/safetensors.js';

const FORMATS: readonly NumberFormat[] = ['npy', 'safetensors'];

describe('the table of number types', () => {
  test.each(FORMATS)('has ten types with ten names in %s', (format) => {
    const names = numberTypeNames(format);
    expect(new Set(names).size).toBe(10);
    expect(new Set(names.map((name) => numberType(format, name)?.array)).size).toBe(10);
  });

  test.each(numberTypeNames('npy'))('%s is preserved by both formats', (name) => {
    const { array } = numberType('npy', name)!;
    const data = new array(4);
    // Bytes with low and high bits, which every type can hold.
    new Uint8Array(data.buffer).set([1, 127, 128, 254]);
    const decoded = decodeNpy(encodeNpy({ shape: [2, 2], data }), 'x.npy');
    expect(decoded).toEqual({ shape: [2, 2], data });
    const { tensors } = decodeSafetensors(encodeSafetensors([['t', { shape: [4], data }]]), 'x.safetensors');
    expect(tensors.get('t')).toEqual({ shape: [4], data });
  });

  test('names types by their bits on disk: kind and bytes in .npy, kind and bits in safetensors', () => {
    for (const name of numberTypeNames('npy')) {
      const type = numberType('npy', name)!;
      const bytes = type.array.BYTES_PER_ELEMENT;
      const kind = name[0];
      expect(name).toBe(`${kind}${bytes}`);
      expect(type.safetensors).toBe(`${kind.toUpperCase()}${8 * bytes}`);
    }
  });

  test.each(['f2', 'b1', 'constructor', ''])('returns undefined for type %j', (name) => {
    expect(FORMATS.map((format) => numberType(format, name))).toEqual([undefined, undefined]);
  });
});
