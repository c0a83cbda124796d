// Bad files: every case gives one coded error with the problem and the remedy, and does not change the disk.

import { describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { FileError } from '../../src/errors/errors.js';
import { writeFileAtomic } from '../../src/files/atomic.js';
import { decodeNpy, encodeNpy } from '../../src/files/npy.js';
import { decodeNpz, encodeNpz } from '../../src/files/npz.js';
import { readTable, writeTable } from '../../src/files/read-table.js';
import { decodeSafetensors } from '../../src/files/safetensors.js';
import { refusing } from '../fixtures/refusing.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder, snapshot } = scratch();

const refuses = refusing(snapshot);

/** Writes a table now, and returns a function that reads it. */
function table(name: string, content: string | Uint8Array, columns?: string[]): () => ReturnType<typeof readTable> {
  const path = file(name, content);
  return () => readTable(path, columns ? { columns } : {});
}

describe('tables', () => {
  mkdirSync(join(folder, 'folder.csv'));
  execFileSync('mkfifo', [join(folder, 'pipe.csv')]);
  const readTall = table('tall.csv', 'a\n1\ntall\n');
  const text = async () => (await readTall()).numbers('a');
  refuses([
    [
      'missing file',
      'missing-file',
      /no such file: .*nowhere\.csv; correct the path/,
      () => readTable(join(folder, 'nowhere.csv')),
    ],
    ['a folder', 'not-a-file', /is a folder; give the path of a file/, () => readTable(join(folder, 'folder.csv'))],
    ['a pipe', 'not-a-file', /not a regular file/, () => readTable(join(folder, 'pipe.csv'))],
    ['unknown extension', 'unknown-format', /must end in \.csv, .*\.npy/, table('t.sav', 'x')],
    ['empty file', 'empty-table', /not even a header/, table('empty.csv', '')],
    ['header alone', 'empty-table', /has no rows/, table('header.csv', 'id,a\n')],
    ['short row', 'damaged-file', /line 3: .* number of cells/, table('short.csv', 'id,a\n1,2\n3\n')],
    ['open quote', 'damaged-file', /opened and never closed/, table('quote.csv', 'id,a\n"1,2\n')],
    ['stray quote', 'damaged-file', /line 2: .*quote/, table('stray.csv', 'id,a\n1"2,3\n')],
    ['repeated column', 'duplicate-column', /two columns named 'a'/, table('repeated.csv', 'a,b,a\n1,2,3\n')],
    [
      'misspelled column',
      'missing-column',
      /'heigth' \(did you mean 'height'\?\)/,
      table('n.csv', 'id,height\n1,2\n', ['heigth']),
    ],
    ['gzip that is none', 'damaged-file', /gzip: /, table('plain.csv.gz', 'id,a\n1,2\n')],
    [
      'gzip cut short',
      'damaged-file',
      /gzip: unexpected end/,
      table('cut.csv.gz', gzipSync('id,a\n1,2\n3,4\n').subarray(0, 20)),
    ],
    ['text in numbers', 'not-numeric', /column 'a' .* row 2 holds "tall"/, text],
  ]);
});

describe('Parquet', () => {
  const whole = Buffer.from(
    parquetWriteBuffer({ columnData: [{ name: 'v', data: Float64Array.from({ length: 100 }, (_, i) => i) }] }),
  );
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
  const patched = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(whole);
    change(bytes);
    return bytes;
  };
  // In the compact encoding of the footer, 100 rows are the zigzag number 200: bytes 0xc8 0x01. 0xfe 0xff … is a much
  // larger number.
  const claims = (bytes: Buffer) => {
    for (let at = footer; at < whole.length - 9; at++) {
      if (bytes[at] === 0xc8 && bytes[at + 1] === 1) bytes[at + 1] = 0x7f;
    }
  };
  // The name, a text of one byte in the next field, becomes a field that no reader knows.
  const unnamed = (bytes: Buffer) => bytes.writeUInt8(0xf8, bytes.indexOf(Buffer.from('\x18\x01v'), footer));
  // Three million equal values take a few bytes. The same change of all their counts claims 134 million.
  const rows = 3_000_000;
  const constant = Buffer.from(
    parquetWriteBuffer({
      columnData: [{ name: 'v', data: new Int32Array(rows).fill(7) }],
      rowGroupSize: rows,
      pageSize: 1e9,
    }),
  );
  const count = Buffer.of(0x80, 0x9b, 0xee, 0x02);
  for (let at = constant.indexOf(count); at >= 0; at = constant.indexOf(count, at + 4)) {
    constant.writeUInt32BE(0xfeffff7f, at);
  }
  refuses([
    ['no Parquet', 'damaged-file', /PAR1|too short/, table('none.parquet', 'not parquet at all')],
    ['empty', 'damaged-file', /damaged/, table('zero.parquet', '')],
    ['footer cut off', 'damaged-file', /PAR1/, table('cut.parquet', whole.subarray(0, footer))],
    [
      'middle missing',
      'damaged-file',
      /./,
      table('gap.parquet', Buffer.concat([whole.subarray(0, 10), whole.subarray(footer)])),
    ],
    [
      'footer longer than the file',
      'damaged-file',
      /exceeds/,
      table(
        'long.parquet',
        patched((bytes) => bytes.writeUInt32LE(0x7fffffff, bytes.length - 8)),
      ),
    ],
    ['more rows than values', 'damaged-file', /rows/, table('rows.parquet', patched(claims))],
    ['far more rows than fit', 'too-large', /claims 134217727 rows/, table('many.parquet', constant)],
    ['missing column', 'missing-column', /no column 'w'; it has v/, table('columns.parquet', whole, ['w'])],
    ['a column without a name', 'damaged-file', /a column has no name/, table('nameless.parquet', patched(unnamed))],
    [
      'a column without a name',
      'damaged-file',
      /a column has no name/,
      table('among.parquet', readFileSync('fuzz/corpus/parquet/found-column-without-name')),
    ],
  ]);
});

describe('.npy', () => {
  const header = (text: string, body = '') => {
    const bytes = Buffer.from(`\x93NUMPY\x01\x00  ${text}\n${body}`, 'latin1');
    bytes.writeUInt16LE(text.length + 1, 8);
    return bytes;
  };
  const good = Buffer.from(encodeNpy({ shape: [2], data: Float64Array.of(1, 2) }));
  const decode = (bytes: Uint8Array) => () => decodeNpy(bytes, 'x.npy');
  const dictionary = (descriptor: string, shape: string) =>
    header(`{'descr': ${descriptor}, 'fortran_order': False, 'shape': ${shape}, }`);
  refuses([
    ['other magic', 'damaged-file', /does not begin like/, decode(Buffer.from('PK\x03\x04 and more'))],
    ['cut short', 'damaged-file', /needs 16 bytes, 15 follow/, decode(good.subarray(0, good.length - 1))],
    ['bytes to spare', 'damaged-file', /needs 16 bytes, 17 follow/, decode(Buffer.concat([good, Buffer.of(0)]))],
    [
      'version 9',
      'damaged-file',
      /version is 9/,
      decode(Buffer.concat([good.subarray(0, 6), Buffer.of(9), good.subarray(7)])),
    ],
    [
      'a header beyond the end of the file',
      'damaged-file',
      /header claims 65535/,
      decode(Buffer.concat([good.subarray(0, 8), Buffer.of(255, 255), good.subarray(10)])),
    ],
    [
      'terabytes',
      'damaged-file',
      /needs 8000000000000 bytes, 0 follow/,
      decode(dictionary("'<f8'", '(1000000, 1000000)')),
    ],
    ['beyond any number', 'damaged-file', /shape is/, decode(dictionary("'<f8'", '(99999999999999999999,)'))],
    ['a negative size', 'damaged-file', /header is invalid/, decode(dictionary("'<f8'", '(-1,)'))],
    ['pickled objects', 'unsupported-type', /elements of type \|O/, decode(dictionary("'|O'", '(2,)'))],
    ['records', 'unsupported-type', /elements of type/, decode(dictionary("[('a', '<f8')]", '(2,)'))],
    ['code instead of a literal', 'damaged-file', /header is invalid/, decode(dictionary("__import__('os')", '(2,)'))],
    [
      'a header without shape',
      'damaged-file',
      /must have descr/,
      decode(header("{'descr': '<f8', 'fortran_order': False}")),
    ],
    [
      'impossible character',
      'damaged-file',
      /impossible character/,
      decode(Buffer.concat([dictionary("'<U1'", '(1,)'), Buffer.from('ffffff7f', 'hex')])),
    ],
  ]);
});

describe('.npz', () => {
  const good = Buffer.from(encodeNpz([['x', { shape: [200], data: new Float64Array(200) }]]));
  const directory = good.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
  const patched = (change: (bytes: Buffer) => void) => () => {
    const bytes = Buffer.from(good);
    change(bytes);
    return decodeNpz(bytes, 'x.npz', 1e6);
  };
  const named = (name: string) => () => decodeNpz(zipSync({ [name]: Buffer.from('x') }), 'x.npz');
  refuses([
    ['no archive', 'damaged-file', /no zip directory/, () => decodeNpz(Buffer.from('nothing'), 'x.npz')],
    ['cut short', 'damaged-file', /no zip directory/, () => decodeNpz(good.subarray(0, good.length - 30), 'x.npz')],
    [
      'a name that leaves the archive',
      'unsafe-name',
      /"\.\.\/\.\.\/etc\/passwd"; names must stay inside/,
      named('../../etc/passwd'),
    ],
    ['an absolute name', 'unsafe-name', /"\/etc\/passwd"/, named('/etc/passwd')],
    ['a drive', 'unsafe-name', /"C:x\.npy"/, named('C:x.npy')],
    ['a backslash', 'unsafe-name', /names must stay inside/, named('a\\..\\b.npy')],
    [
      'a zip bomb with its true size',
      'too-large',
      /claims 4000000000 bytes; up to 1000000/,
      patched((bytes) => bytes.writeUInt32LE(4e9, directory + 24)),
    ],
    [
      'a zip bomb with a false size',
      'damaged-file',
      /does not unpack to the 100 bytes/,
      patched((bytes) => bytes.writeUInt32LE(100, directory + 24)),
    ],
    [
      'a wrong checksum',
      'damaged-file',
      /checksum of 'x\.npy' is wrong/,
      patched((bytes) => bytes.writeUInt32LE(1, directory + 16)),
    ],
    [
      'an entry outside the file',
      'damaged-file',
      /is outside the file/,
      patched((bytes) => bytes.writeUInt32LE(0x7fffffff, directory + 42)),
    ],
    [
      'more stored bytes than in the file',
      'damaged-file',
      /cut short/,
      patched((bytes) => bytes.writeUInt32LE(0x7fffffff, directory + 20)),
    ],
    ['an encrypted entry', 'unsupported-zip', /encrypted/, patched((bytes) => bytes.writeUInt16LE(1, directory + 8))],
    [
      'another compression',
      'unsupported-zip',
      /method 14/,
      patched((bytes) => bytes.writeUInt16LE(14, directory + 10)),
    ],
    ['no array inside', 'damaged-file', /x\.npz:x\.npy .*does not begin like/, named('x.npy')],
    [
      'arrays of two lengths',
      'rows-disagree',
      /'a' has 2 rows and 'b' 3/,
      table(
        'two.npz',
        encodeNpz([
          ['a', { shape: [2], data: Float64Array.of(1, 2) }],
          ['b', { shape: [3], data: Float64Array.of(1, 2, 3) }],
        ]),
      ),
    ],
    [
      'a cube as a table',
      'unsupported-shape',
      /shape \(1, 1, 1\)/,
      table('cube.npz', encodeNpz([['a', { shape: [1, 1, 1], data: Float64Array.of(1) }]])),
    ],
  ]);
});

describe('.safetensors', () => {
  const built =
    (header: string, data = 8, claimed?: bigint) =>
    () => {
      const text = Buffer.from(header);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(claimed ?? BigInt(text.length));
      return decodeSafetensors(Buffer.concat([length, text, Buffer.alloc(data)]), 'x.safetensors');
    };
  const tensor = (fields: object) =>
    JSON.stringify({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...fields } });
  refuses([
    ['seven bytes', 'damaged-file', /has 7 bytes/, () => decodeSafetensors(Buffer.alloc(7), 'x.safetensors')],
    ['a header of exabytes', 'damaged-file', /claims 9223372036854775807 bytes/, built('{}', 0, 2n ** 63n - 1n)],
    ['a header longer than the file', 'damaged-file', /claims 100 bytes, 2 follow/, built('{}', 0, 100n)],
    ['no JSON', 'damaged-file', /not JSON/, built('{w:1}', 0)],
    [
      'bytes that are not text',
      'damaged-file',
      /not JSON/,
      () => decodeSafetensors(Buffer.from('0200000000000000ffff', 'hex'), 'x'),
    ],
    ['a list', 'damaged-file', /not a JSON object/, built('[]', 0)],
    ['a name twice', 'damaged-file', /'w' appears twice/, built('{"w":{},"\\u0077":{}}', 0)],
    [
      'offsets past the end',
      'damaged-file',
      /ends at 80, the data has 8/,
      built(tensor({ shape: [20], data_offsets: [0, 80] })),
    ],
    ['a negative offset', 'damaged-file', /not two positions/, built(tensor({ data_offsets: [-8, 0] }))],
    ['a fractional size', 'damaged-file', /not a list of sizes/, built(tensor({ shape: [1.5] }))],
    [
      'a size that overflows',
      'damaged-file',
      /needs .* bytes, its offsets span 8/,
      built(tensor({ shape: [2 ** 53 - 1, 2 ** 53 - 1] })),
    ],
    [
      'shape and offsets that disagree',
      'damaged-file',
      /needs 12 bytes, its offsets span 8/,
      built(tensor({ shape: [3] })),
    ],
    [
      'tensors that overlap',
      'damaged-file',
      /overlap or leave a gap/,
      built(
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      ),
    ],
    ['a gap', 'damaged-file', /overlap or leave a gap/, built(tensor({ shape: [1], data_offsets: [4, 8] }))],
    ['data that nobody owns', 'damaged-file', /cover 8 bytes, the data has 16/, built(tensor({}), 16)],
    ['an unknown type', 'unsupported-type', /F8_E4M3; supported are F64, F32/, built(tensor({ dtype: 'F8_E4M3' }))],
    ['a type from the prototype', 'unsupported-type', /type constructor/, built(tensor({ dtype: 'constructor' }))],
    [
      'metadata that is not text',
      'damaged-file',
      /__metadata__\.n is not a string/,
      built('{"__metadata__":{"n":1}}', 0),
    ],
  ]);
});

describe('writing', () => {
  const target = file('results.csv', 'kept');
  const blocked = file('blocked', 'a file, not a folder');
  mkdirSync(join(folder, 'taken.csv/inside'), { recursive: true });
  const columns = [{ name: 'v', values: Float64Array.of(1) }];
  refuses(
    [
      [
        'no such folder',
        'unwritable',
        /its folder does not exist/,
        () => writeTable(join(folder, 'no/where.csv'), columns),
      ],
      ['a file as folder', 'unwritable', /not a folder/, () => writeTable(join(blocked, 'x.csv'), columns)],
      ['a folder of that name', 'unwritable', /folder|that name/, () => writeTable(join(folder, 'taken.csv'), columns)],
      [
        'a full disk',
        'disk-full',
        /disk or the quota is full/,
        () => writeFileAtomic(target, () => writeFile('/dev/full', 'x')),
      ],
    ],
    FileError,
  );

  test('a refused write does not change the old file', async () => {
    await expect(writeFileAtomic(target, () => writeFile('/dev/full', 'x'))).rejects.toBeInstanceOf(FileError);
    expect(readFileSync(target, 'utf8')).toBe('kept');
  });
});
