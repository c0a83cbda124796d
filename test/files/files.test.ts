// File formats: compared with files of NumPy, in round trips of random content, and with damaged bytes.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { InterlatentError } from '../../src/errors/errors.js';
import { readCsv, writeCsv } from '../../src/files/csv.js';
import { decodeNpy, encodeNpy, type NpyArray } from '../../src/files/npy.js';
import { decodeNpz, encodeNpz } from '../../src/files/npz.js';
import { readParquet, writeParquet } from '../../src/files/parquet.js';
import { readTable, writeTable } from '../../src/files/read-table.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../src/files/safetensors.js';
import { longTest } from '../fixtures/long.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();
const golden = (name: string) => join(import.meta.dirname, '../golden/files', name);

interface Expected {
  readonly shape: number[];
  readonly values: (number | string | boolean)[];
}
const expected = JSON.parse(readFileSync(golden('expected.json'), 'utf8')) as Record<string, Expected>;

/** Values in the form of the golden file: 64-bit integers above 2⁵³ as texts, booleans as booleans. */
function comparable(array: NpyArray, like: Expected): unknown[] {
  return Array.from(array.data as ArrayLike<number | bigint | string>, (value, i) => {
    if (typeof value === 'bigint') return typeof like.values[i] === 'string' ? String(value) : Number(value);
    return typeof like.values[i] === 'boolean' ? value === 1 : value;
  });
}

describe('npy', () => {
  test.each(Object.keys(expected))('reads NumPy’s %s', (name) => {
    const array = decodeNpy(readFileSync(golden(`${name}.npy`)), name);
    expect(array.shape).toEqual(expected[name].shape);
    expect(comparable(array, expected[name])).toEqual(expected[name].values);
  });

  test('preserves the element type', () => {
    const types = ['f8', 'f4_fortran', 'i2_big_endian', 'i8', 'u4_big_endian', 'u8', 'b1'];
    expect(types.map((name) => decodeNpy(readFileSync(golden(`${name}.npy`)), name).data.constructor.name)).toEqual([
      'Float64Array',
      'Float32Array',
      'Int16Array',
      'BigInt64Array',
      'Uint32Array',
      'BigUint64Array',
      'Uint8Array',
    ]);
  });

  test('writes the same bytes as NumPy, including the header', () => {
    for (const name of ['f8', 'i4', 'u8', 'texts', 'empty', 'scalar']) {
      const bytes = readFileSync(golden(`${name}.npy`));
      expect(Buffer.from(encodeNpy(decodeNpy(bytes, name)))).toEqual(bytes);
    }
  });

  test('preserves arrays of any shape and type in a round trip', () => {
    const shape = fc.array(fc.nat(5), { maxLength: 4 });
    const numbers = fc.constantFrom(Float64Array, Float32Array, Int32Array, Uint16Array, Int8Array);
    fc.assert(
      fc.property(shape, numbers, fc.infiniteStream(fc.double()), (sizes, Type, stream) => {
        const count = sizes.reduce((a, b) => a * b, 1);
        const data = new Type(Array.from({ length: count }, () => stream.next().value as number));
        const read = decodeNpy(encodeNpy({ shape: sizes, data }), 'memory');
        expect(read).toEqual({ shape: sizes, data });
      }),
    );
  });

  test('preserves texts in a round trip', () => {
    // NumPy pads with NUL, so a text cannot end with NUL in its format.
    const texts = fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !/\0$/.test(text)));
    fc.assert(
      fc.property(texts, (data) => {
        expect(decodeNpy(encodeNpy({ shape: [data.length], data }), 'memory').data).toEqual(data);
      }),
    );
  });
});

describe('npz', () => {
  test.each(['stored.npz', 'deflated.npz'])('reads NumPy’s %s', (name) => {
    const arrays = decodeNpz(readFileSync(golden(name)), name);
    expect([...arrays.keys()]).toEqual(['id', 'x', 'age']);
    expect(arrays.get('x')).toEqual({ shape: [3, 2], data: Float64Array.of(0, 1, 2, 3, 4, 5) });
    expect(arrays.get('id')?.data).toEqual(['a', 'b', 'c']);
    expect(arrays.get('age')?.data).toEqual(BigInt64Array.of(30n, 41n, 52n));
  });

  test('preserves arrays in a round trip, and the same arrays give the same bytes', () => {
    const arrays: [string, NpyArray][] = [
      ['z', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ['__proto__', { shape: [1], data: ['x'] }],
      ['7', { shape: [], data: Int8Array.of(-1) }],
    ];
    const bytes = encodeNpz(arrays);
    expect(new Map(decodeNpz(bytes, 'memory'))).toEqual(new Map(arrays));
    expect(Buffer.from(encodeNpz(arrays))).toEqual(Buffer.from(bytes));
  });

  test('reads vectors and matrix columns as a table, ids as texts, integers as numbers', async () => {
    const table = await readTable(golden('deflated.npz'), { text: ['id'] });
    expect(table.columns).toEqual(['id', 'x1', 'x2', 'age']);
    expect(table.texts('id')).toEqual(['a', 'b', 'c']);
    expect(table.numbers('x2')).toEqual(Float64Array.of(1, 3, 5));
    expect(table.numbers('age')).toEqual(Float64Array.of(30, 41, 52));
  });

  test('takes the names of matrix columns from a vector of texts', async () => {
    const path = file(
      'named.npz',
      encodeNpz([
        ['columns', { shape: [2], data: ['height', 'weight'] }],
        ['values', { shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) }],
      ]),
    );
    expect((await readTable(path)).numbers('weight')).toEqual(Float64Array.of(2, 4, 6));
  });
});

describe('safetensors', () => {
  test('reads a file packed by hand', () => {
    const { tensors, metadata } = decodeSafetensors(readFileSync(golden('weights.safetensors')), 'weights');
    expect(metadata).toEqual({ made: 'by hand' });
    expect(tensors.get('w')).toEqual({ shape: [2, 2], data: Float32Array.of(1.5, -2, 0.25, 8) });
    expect(tensors.get('n')).toEqual({ shape: [2], data: BigInt64Array.of(-5n, 2n ** 40n) });
    expect(tensors.get('s')).toEqual({ shape: [], data: Float64Array.of(7) });
  });

  test('preserves any names, shapes and metadata in a round trip', () => {
    const tensor = fc
      .tuple(
        fc.array(fc.nat(4), { maxLength: 3 }),
        fc.constantFrom(Float32Array, Float64Array, Int32Array, Uint8Array),
        fc.infiniteStream(fc.integer()),
      )
      .map(([shape, Type, stream]): Tensor => {
        const count = shape.reduce((a, b) => a * b, 1);
        return { shape, data: new Type(Array.from({ length: count }, () => stream.next().value as number)) };
      });
    const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__');
    const entries = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([text]) => text, maxLength: 6 });
    fc.assert(
      fc.property(entries, fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }), (tensors, metadata) => {
        const read = decodeSafetensors(encodeSafetensors(tensors, metadata), 'memory');
        expect(read.metadata).toEqual(metadata);
        expect(new Map(read.tensors)).toEqual(new Map(tensors));
      }),
    );
  });

  test('aligns data to 8 bytes and every tensor to its element size', () => {
    const bytes = encodeSafetensors([
      ['a', { shape: [3], data: Uint8Array.of(1, 2, 3) }],
      ['b', { shape: [1], data: Float64Array.of(1) }],
      ['c', { shape: [1], data: Float32Array.of(1) }],
    ]);
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + headerLength)).toString()) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    expect(headerLength % 8).toBe(0);
    expect([header.b.data_offsets, header.c.data_offsets, header.a.data_offsets]).toEqual([
      [0, 8],
      [8, 12],
      [12, 15],
    ]);
  });
});

describe('csv', () => {
  test('reads a header, quotes, a byte order mark, Windows line endings, and words for missing values', async () => {
    const text = '\ufeffid,"a ""b""",c\r\n"x,1",1.5,NA\r\ny,,nan\r\nz,-2e3,.\r\n';
    const table = await readCsv(file('quotes.csv', text), { text: ['id'] });
    expect(table.columns).toEqual(['id', 'a "b"', 'c']);
    expect(table.texts('id')).toEqual(['x,1', 'y', 'z']);
    expect(table.numbers('a "b"')).toEqual(Float64Array.of(1.5, NaN, -2000));
    expect(table.numbers('c')).toEqual(Float64Array.of(NaN, NaN, NaN));
  });

  test('reads the same table from gzip', async () => {
    const text = 'id,v\n1,2\n3,4\n';
    const plain = await readTable(file('same.csv', text));
    const packed = await readTable(file('same.csv.gz', gzipSync(text)));
    expect(packed.numbers('v')).toEqual(plain.numbers('v'));
    expect(packed.texts('id')).toEqual(['1', '3']);
  });

  test('distinguishes numbers from texts', async () => {
    const cells = ['1', ' 2 ', '+3', '.5', '1e-3', '-0', ' ', 'Infinity', '0x10', '1_000', '3,5', '12 kg', '0b1'];
    const text = `v\n${cells.map((cell) => `"${cell}"`).join('\n')}\n`;
    const table = await readCsv(file('numbers.csv', text), { columns: ['v'] });
    expect(table.kind('v')).toBe('mixed');
    expect(() => table.numbers('v')).toThrow(/row 9 holds "0x10"/);
    const good = await readCsv(
      file(
        'good.csv',
        `v\n${cells
          .slice(0, 8)
          .map((cell) => `"${cell}"`)
          .join('\n')}\n`,
      ),
    );
    expect(good.numbers('v')).toEqual(Float64Array.of(1, 2, 3, 0.5, 1e-3, -0, NaN, Infinity));
  });

  test('skips columns without a name and columns that are not requested', async () => {
    const path = file('rows.csv', '"",a,b,c\n1,2,3,x\n2,4,5,y\n');
    expect((await readCsv(path)).columns).toEqual(['a', 'b', 'c']);
    const some = await readCsv(path, { text: ['c'], keep: (name) => name === 'b' });
    expect([some.columns, some.available]).toEqual([
      ['b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  test.each(['csv', 'parquet', 'npz'])('%s preserves every double and text', async (extension) => {
    const id = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => `s${text.replaceAll('\0', '').trim()}`);
    const value = fc.double().map((number) => (Object.is(number, -0) ? 0 : number));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(id, value), { minLength: 1, maxLength: 20 }), async (rows) => {
        const path = join(folder, `round.${extension}`);
        const ids = rows.map(([text]) => text);
        const values = Float64Array.from(rows, ([, number]) => number);
        await writeTable(path, [
          { name: 'id', values: ids },
          { name: 'a "strange", name', values },
        ]);
        const table = await readTable(path, { text: ['id'] });
        expect(table.texts('id')).toEqual(ids);
        expect(table.numbers('a "strange", name')).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  test('writes single precision with the shortest decimals that read back to the same number', async () => {
    const values = Float32Array.from([0.1, 1 / 3, 16777217, 1e-20, 123456.789]);
    await writeCsv(file('single.csv'), [{ name: 'v', values }]);
    expect(readFileSync(file('single.csv'), 'utf8')).toContain('\n0.1\n');
    const read = await readCsv(file('single.csv'));
    expect(Float32Array.from(read.numbers('v'))).toEqual(values);
  });
});

describe('parquet', () => {
  test('reads integers, booleans, nulls, texts and several row groups', async () => {
    const rows = 2500;
    const index = Array.from({ length: rows }, (_, i) => i);
    const buffer = parquetWriteBuffer({
      columnData: [
        { name: 'id', data: BigInt64Array.from(index, (i) => BigInt(i) + 2n ** 52n), type: 'INT64' },
        { name: 'flag', data: index.map((i) => i % 2 === 0), type: 'BOOLEAN' },
        { name: 'gaps', data: index.map((i) => (i % 3 === 0 ? null : i / 4)), type: 'DOUBLE', nullable: true },
        { name: 'name', data: index.map((i) => `n${i % 5}`), type: 'STRING' },
      ],
      rowGroupSize: 1000,
    });
    const table = await readParquet(file('types.parquet', new Uint8Array(buffer)), { text: ['id'] });
    expect(table.rows).toBe(rows);
    expect(table.texts('id')[2001]).toBe(String(2n ** 52n + 2001n));
    expect(Array.from(table.numbers('flag').slice(0, 3))).toEqual([1, 0, 1]);
    expect(Array.from(table.numbers('gaps').slice(2000, 2004))).toEqual([500, NaN, 500.5, 500.75]);
    expect(table.kind('name')).toBe('text');
  });
});

describe('damaged bytes', () => {
  const columns = [
    { name: 'id', values: Array.from({ length: 40 }, (_, i) => `s${i}`) },
    { name: 'v', values: Float64Array.from({ length: 40 }, (_, i) => Math.sin(i)) },
    { name: 'w', values: Float64Array.from({ length: 40 }, (_, i) => i % 3) },
  ];
  const edits = fc.array(
    fc.oneof(
      fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) }),
      fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(60) }),
    ),
    { minLength: 1, maxLength: 6 },
  );

  function damage(bytes: Uint8Array, changes: readonly { at: number; byte?: number; cut?: number }[]): Uint8Array {
    let damaged = Buffer.from(bytes);
    for (const { at, byte, cut } of changes) {
      const position = Math.min(damaged.length - 1, Math.floor(at * damaged.length));
      if (position < 0) break;
      if (byte !== undefined) damaged[position] = byte;
      else damaged = Buffer.concat([damaged.subarray(0, position), damaged.subarray(position + (cut ?? 0))]);
    }
    return damaged;
  }

  test.each(['csv', 'csv.gz', 'parquet', 'npz', 'npy'])(
    'a .%s is either read or refused with a coded error',
    async (extension) => {
      const path = join(folder, `damaged.${extension}`);
      const source = join(folder, `whole.${extension === 'csv.gz' ? 'csv' : extension}`);
      if (extension === 'npy') writeFileSync(source, encodeNpy({ shape: [20, 2], data: columns[2].values }));
      else await writeTable(source, columns);
      const whole = extension === 'csv.gz' ? gzipSync(readFileSync(source)) : readFileSync(source);
      await fc.assert(
        fc.asyncProperty(edits, async (changes) => {
          writeFileSync(path, damage(whole, changes));
          const problem = await readTable(path).then(
            () => undefined,
            (error: unknown) => error,
          );
          if (problem !== undefined) expect(problem).toBeInstanceOf(InterlatentError);
        }),
        { numRuns: 400 },
      );
    },
  );

  describe('a .parquet run that claims more values than its page neither hangs nor exhausts memory', () => {
    test('if each third byte is changed', () => checkChangedBytes(3));
    longTest('each byte changed', () => checkChangedBytes(1));

    async function checkChangedBytes(step: number): Promise<void> {
      const path = join(folder, 'runs.parquet');
      const source = join(folder, 'whole-runs.parquet');
      await writeTable(source, columns);
      const whole = readFileSync(source);
      const messages = new Set<string>();
      for (const [first, byte] of [0x62, 0xac, 0xf4].entries()) {
        for (let at = 4 + (first % step); at < whole.length; at += step) {
          const damaged = Buffer.from(whole);
          damaged[at] = byte;
          writeFileSync(path, damaged);
          await readTable(path).catch((error: unknown) => {
            expect(error).toBeInstanceOf(InterlatentError);
            messages.add((error as Error).message);
          });
        }
      }
      expect([...messages].some((message) => /a run of \d+ values is in a page of 40/.test(message))).toBe(true);
    }
  });

  test('a .safetensors is either read or refused with a coded error', () => {
    const whole = readFileSync(golden('weights.safetensors'));
    fc.assert(
      fc.property(edits, (changes) => {
        try {
          decodeSafetensors(damage(whole, changes), 'memory');
        } catch (error) {
          expect(error).toBeInstanceOf(InterlatentError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('the checksum detects a changed number in a .npz', () => {
    const bytes = Buffer.from(readFileSync(golden('stored.npz')));
    const at = bytes.indexOf(Buffer.from(Float64Array.of(3).buffer));
    bytes[at + 6] ^= 1;
    expect(() => decodeNpz(bytes, 'x.npz')).toThrow(/checksum of 'x.npy' is wrong/);
  });
});

test('writers of tables refuse unknown formats', async () => {
  await expect(writeTable(file('x.xlsx'), [])).rejects.toMatchObject({ code: 'unknown-format' });
  await writeParquet(file('fine.parquet'), [{ name: 'v', values: Float32Array.of(0.5) }]);
  expect((await readTable(file('fine.parquet'))).numbers('v')).toEqual(Float64Array.of(0.5));
});
