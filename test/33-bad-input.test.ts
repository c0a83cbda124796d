// Bad input: every case gives one coded error that says what came and what to do, and leaves the disk as it was.

import { describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkDataset } from '../src/data/check.js';
import type { Dataset, Modality } from '../src/data/dataset.js';
import { readStudy } from '../src/study/study.js';
import { FileError, InputError } from '../src/errors.js';
import { writeFileAtomic } from '../src/files/atomic.js';
import { decodeNpy, encodeNpy } from '../src/files/npy.js';
import { decodeNpz, encodeNpz } from '../src/files/npz.js';
import { readTable, writeTable } from '../src/files/read-table.js';
import { decodeSafetensors } from '../src/files/safetensors.js';
import { scratch } from './scratch.js';

const { file, folder, snapshot } = scratch();

/** Name, code, what the message must say, and the call. */
type Case = readonly [name: string, code: string, says: RegExp, run: () => unknown];

function refuses(cases: readonly Case[], kind: typeof InputError | typeof FileError = InputError): void {
  test.each(cases)('%s', async (_, code, says, run) => {
    const before = snapshot();
    const problem: unknown = await Promise.resolve()
      .then(run)
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(problem).toBeInstanceOf(kind);
    expect(problem).toMatchObject({ code, message: expect.stringMatching(says) });
    expect(snapshot()).toEqual(before);
  });
}

/** Reads a table that is written now, while the cases are listed. */
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
    ['unknown extension', 'unknown-format', /must end in \.csv, .*\.npy/, table('t.xlsx', 'x')],
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
    ['semicolons', 'damaged-file', /separated by semicolons/, table('semi.csv', 'id;a\n1;2\n', ['a'])],
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
  // In the footer's compact encoding, 100 rows are the zigzag number 200: bytes 0xc8 0x01, and 0xfe 0xff … stands for
  // far more.
  const claims = (bytes: Buffer) => {
    for (let at = footer; at < whole.length - 9; at++) {
      if (bytes[at] === 0xc8 && bytes[at + 1] === 1) bytes[at + 1] = 0x7f;
    }
  };
  // Three million equal values take a few bytes; all their counts changed alike claim 134 million.
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
      'header beyond the file',
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
    ['a negative size', 'damaged-file', /cannot be understood/, decode(dictionary("'<f8'", '(-1,)'))],
    ['pickled objects', 'unsupported-type', /elements of type \|O/, decode(dictionary("'|O'", '(2,)'))],
    ['records', 'unsupported-type', /elements of type/, decode(dictionary("[('a', '<f8')]", '(2,)'))],
    [
      'code instead of a literal',
      'damaged-file',
      /cannot be understood/,
      decode(dictionary("__import__('os')", '(2,)')),
    ],
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
      'a name that climbs',
      'unsafe-name',
      /"\.\.\/\.\.\/etc\/passwd"; names must stay inside/,
      named('../../etc/passwd'),
    ],
    ['an absolute name', 'unsafe-name', /"\/etc\/passwd"/, named('/etc/passwd')],
    ['a drive', 'unsafe-name', /"C:x\.npy"/, named('C:x.npy')],
    ['a backslash', 'unsafe-name', /names must stay inside/, named('a\\..\\b.npy')],
    [
      'a bomb by its own claim',
      'too-large',
      /claims 4000000000 bytes; up to 1000000/,
      patched((bytes) => bytes.writeUInt32LE(4e9, directory + 24)),
    ],
    [
      'a bomb that lies',
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
      /lies outside/,
      patched((bytes) => bytes.writeUInt32LE(0x7fffffff, directory + 42)),
    ],
    [
      'more stored than there is',
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
      'bytes that are no text',
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
    ['an unknown type', 'unsupported-type', /type F8_E4M3; read are F64, F32/, built(tensor({ dtype: 'F8_E4M3' }))],
    ['a type from the prototype', 'unsupported-type', /type constructor/, built(tensor({ dtype: 'constructor' }))],
    [
      'metadata that is no text',
      'damaged-file',
      /__metadata__\.n is not a string/,
      built('{"__metadata__":{"n":1}}', 0),
    ],
  ]);
});

describe('studies', () => {
  const rows = Array.from({ length: 40 }, (_, i) => i);
  const csv = (name: string, columns: Record<string, (row: number) => string | number>) => {
    const names = Object.keys(columns);
    file(
      name,
      [names, ...rows.map((row) => names.map((column) => columns[column](row)))]
        .map((cells) => `${cells.join(',')}\n`)
        .join(''),
    );
  };
  const id = (row: number) => `p${row}`;
  const value = (row: number) => (row * 7919) % 101;
  csv('a.csv', { id, x: value, y: (row) => value(row + 50), z: (row) => value(3 * row) });
  csv('b.csv', { id, u: (row) => value(row + 7), v: (row) => value(5 * row) });
  csv('twice.csv', { id: (row) => (row === 30 ? 'p2' : id(row)), u: value, v: value });
  csv('noid.csv', { id: (row) => (row === 4 ? '' : id(row)), u: value, v: value });
  csv('words.csv', { id, u: (row) => (row === 11 ? 'many' : value(row)), v: value });
  csv('infinite.csv', { id, u: (row) => (row === 6 ? 'inf' : value(row)), v: value });
  csv('constant.csv', { id, u: () => 3, v: value, w: () => 4, q: value });
  csv('blank.csv', { id, u: () => '', v: value });
  csv('strangers.csv', { id: (row) => `q${row}`, u: value, v: value });
  csv('gaps.csv', { id, u: (row) => (row % 2 ? '' : row), v: (row) => (row % 2 ? row : '') });
  csv('other.csv', { id: (row) => `r${row}`, u: value, w: value });
  csv('negative.csv', { id, u: (row) => value(row) - 50, v: value });
  csv('huge.csv', { id, u: (row) => `${value(row)}e300`, v: value });
  csv('copy.csv', { id, u: value, w: value });
  file('c.csv', 'a\n1\n');
  file('one.csv', 'id,u,v\np1,1,2\n');
  file('names.csv', 'id,u\n' + rows.map((row) => `${id(row)},Kassel\n`).join(''));

  let count = 0;
  const study = (b: string, more = '') => {
    const path = file(
      `study${count++}.yaml`,
      `study: bad\nid: id\nmodalities:\n  a: { table: a.csv, latents: 1 }\n  b: ${b}\n${more}`,
    );
    return () => readStudy(path);
  };
  const text = (content: string | Uint8Array, name = `study${count++}.yaml`) => {
    const path = file(name, content);
    return () => readStudy(path);
  };
  const b = '{ table: b.csv, latents: 1 }';

  refuses([
    ['missing study', 'missing-file', /nowhere\.yaml/, () => readStudy(join(folder, 'nowhere.yaml'))],
    ['YAML that does not parse', 'study-syntax', /study\d+\.yaml:3:1: /, text('study: x\nid: [\n')],
    ['a variable without quotes', 'study-syntax', /needs quotes/, study('{ table: ${X}/b.csv, latents: 1 }')],
    ['JSON that does not parse', 'study-syntax', /bad\.json:1:/, text('{"study": "x", "id": ', 'bad.json')],
    ['no text', 'study-syntax', /UTF-8/, text(Buffer.from([0xff, 0xfe, 0x00]))],
    [
      'aliases that multiply',
      'study-syntax',
      /alias/,
      text(
        [
          'a: &a [x,x,x,x,x,x,x,x,x]',
          'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]',
          'c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]',
          'd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n',
        ].join('\n'),
      ),
    ],
    ['an empty study', 'invalid-study', /the study must be a map/, text('')],
    [
      'an unknown key with a near one',
      'unknown-key',
      /:6:1: unknown key 'splits' \(did you mean 'split'\?\)/,
      study(b, 'splits: {}\n'),
    ],
    [
      'an unknown key inside',
      'unknown-key',
      /:5:\d+: unknown key 'modalities\.b\.latent' \(did you mean 'latents'\?\)/,
      study('{ table: b.csv, latent: 1 }'),
    ],
    [
      'an unknown key in training',
      'unknown-key',
      /'training\.epoch' \(did you mean 'epochs'\?\)/,
      study(b, 'training: { epoch: 3 }\n'),
    ],
    [
      'an unknown kind',
      'invalid-study',
      /sparsity\.kind must be one of .*not "gate" \(did you mean 'gates'\?\)/,
      study(b, 'sparsity: { kind: gate }\n'),
    ],
    ['a missing id', 'invalid-study', /: id is missing/, text('study: x\nmodalities: {}\n')],
    [
      'zero latents',
      'invalid-study',
      /:5:\d+: modalities\.b\.latents must be at least 1, not 0/,
      study('{ table: b.csv, latents: 0 }'),
    ],
    [
      'half a latent',
      'invalid-study',
      /latents must be a whole number, not 1\.5/,
      study('{ table: b.csv, latents: 1.5 }'),
    ],
    [
      'text for a number',
      'invalid-study',
      /latents must be a number, not "two"/,
      study('{ table: b.csv, latents: two }'),
    ],
    [
      'a name with a space',
      'invalid-study',
      /is no modality name/,
      text('study: x\nid: id\nmodalities:\n  a b: { table: a.csv, latents: 1 }\n'),
    ],
    [
      'one modality',
      'invalid-study',
      /at least two entries, not 1/,
      text('study: x\nid: id\nmodalities:\n  a: { table: a.csv, latents: 1 }\n'),
    ],
    [
      'a mixed table list',
      'invalid-study',
      /must be a file, a list of files/,
      study('{ table: [b.csv, [b.csv]], latents: 1 }'),
    ],
    [
      'columns and omit',
      'invalid-study',
      /cannot stand beside columns/,
      study('{ table: b.csv, columns: [u, v], omit: [u], latents: 1 }'),
    ],
    [
      'a column listed twice',
      'invalid-study',
      /b\.columns\.1 repeats/,
      study('{ table: b.csv, columns: [u, u], latents: 1 }'),
    ],
    [
      'parts that leave nothing',
      'invalid-study',
      /leaves nothing to train on/,
      study(b, 'split: { validation: 0.5, test: 0.5 }\n'),
    ],
    ['a share above one', 'invalid-study', /share below 1 or a whole number/, study(b, 'split: { test: 1.5 }\n')],
    [
      'an unset variable',
      'undefined-variable',
      /:5:\d+: .*INTERLATENT_NO_SUCH_PLACE is not set/,
      study('{ table: "${INTERLATENT_NO_SUCH_PLACE}/b.csv", latents: 1 }'),
    ],
    [
      'a missing table',
      'missing-file',
      /:5:\d+: no such file: .*nothing\.csv/,
      study('{ table: nothing.csv, latents: 1 }'),
    ],
    ['a missing id column', 'missing-column', /no column 'id'; it has a/, study('{ table: c.csv, latents: 1 }')],
    [
      'a missing column',
      'missing-column',
      /:5:\d+: .*no column 'uu'; it has u, v/,
      study('{ table: b.csv, columns: [u, v, uu], latents: 1 }'),
    ],
    [
      'a misspelled column to omit',
      'missing-column',
      /no column 'vv'/,
      study('{ table: b.csv, omit: [vv], latents: 1 }'),
    ],
    [
      'codes for a missing column',
      'missing-column',
      /no column 'w'/,
      study('{ table: b.csv, missing: { w: [9] }, latents: 1 }'),
    ],
    [
      'duplicate ids',
      'duplicate-id',
      /id p2 stands twice, the second time in row 31/,
      study('{ table: twice.csv, latents: 1 }'),
    ],
    ['duplicate ids over a stack', 'duplicate-id', /stands twice/, study('{ table: [b.csv, b.csv], latents: 1 }')],
    ['a row without id', 'missing-id', /row 5 of .*noid\.csv has no 'id'/, study('{ table: noid.csv, latents: 1 }')],
    [
      'text among numbers',
      'not-numeric',
      /:5:\d+: column 'u' .*row 12 holds "many"; leave the column out/,
      study('{ table: words.csv, latents: 1 }'),
    ],
    [
      'a listed column of words',
      'not-numeric',
      /row 1 holds "Kassel"/,
      study('{ table: names.csv, columns: [u], latents: 1 }'),
    ],
    ['no numeric column', 'no-columns', /no numeric column/, study('{ table: names.csv, latents: 1 }')],
    ['infinity', 'not-finite', /row 7 of column 'u' .* is infinite/, study('{ table: infinite.csv, latents: 1 }')],
    [
      'constant columns',
      'constant-column',
      /constant on the training part: u, w; write omit: \[u, w\]/,
      study('{ table: constant.csv, latents: 1 }'),
    ],
    [
      'an empty column',
      'empty-column',
      /empty: u; take them out of columns/,
      study('{ table: blank.csv, columns: [u, v], latents: 1 }'),
    ],
    [
      'nobody in common',
      'no-common-subjects',
      /a has p0, p1, p2, …; b has q0, q1, q2, …/,
      study('{ table: strangers.csv, latents: 1 }'),
    ],
    [
      'joined tables with nobody in common',
      'no-common-subjects',
      /share no id/,
      study('{ table: [[b.csv], [other.csv]], omit: [u], latents: 1 }'),
    ],
    [
      'nobody complete',
      'no-complete-subjects',
      /most are missing in b\.u \(20\), b\.v \(20\)/,
      study('{ table: gaps.csv, latents: 1 }'),
    ],
    [
      'stacked columns that disagree',
      'columns-disagree',
      /only one of them has v, w/,
      study('{ table: [b.csv, other.csv], latents: 1 }'),
    ],
    [
      'joined columns of one name',
      'duplicate-column',
      /two joined tables have a column 'u'/,
      study('{ table: [[b.csv], [copy.csv]], latents: 1 }'),
    ],
    [
      'one row',
      'too-few-subjects',
      /1 subjects give 1 for training.*at least 10, 2 and 2/,
      study('{ table: one.csv, latents: 1 }'),
    ],
    [
      'more latents than columns',
      'too-many-latents',
      /2 columns, fewer than its 2 latents and 1 exogenous/,
      study('{ table: b.csv, latents: 2 }'),
    ],
    [
      'the logarithm of negative values',
      'log-of-negative',
      /'u' has negative values .*; take it out of log/,
      study('{ table: negative.csv, log: [u], latents: 1 }'),
    ],
    [
      'values beyond any square',
      'too-wide-range',
      /'u' reaches values whose squares overflow; give it in a larger unit/,
      study('{ table: huge.csv, latents: 1 }'),
    ],
  ]);
});

describe('data sets built by a caller', () => {
  const scale = (name: string) => ({ name, log: false, offset: 0, mean: 0, sd: 1 });
  const modality = (name: string, more: Partial<Modality> = {}): Modality => ({
    name,
    columns: [scale('u'), scale('v')],
    values: Float32Array.from({ length: 10 }, (_, i) => i),
    latents: 1,
    exogenous: 1,
    ...more,
  });
  const good: Dataset = {
    ids: ['p0', 'p1', 'p2', 'p3', 'p4'],
    modalities: [modality('a'), modality('b-1_C')],
    split: { train: Int32Array.of(0, 3), validation: Int32Array.of(1), test: Int32Array.of(4) },
    fingerprint: '',
  };
  const check = (more: Partial<Dataset>) => () => {
    checkDataset({ ...good, ...more });
  };
  const second = (more: Partial<Modality>) => check({ modalities: [good.modalities[0], modality('b', more)] });
  const split = (more: Partial<Dataset['split']>) => check({ split: { ...good.split, ...more } });

  test('a good one passes', () => {
    expect(check({})).not.toThrow();
    expect(split({ test: Int32Array.of() })).not.toThrow();
  });

  refuses(
    (
      [
        ['a repeated id', /ids\[2\] 'p0' stands twice/, check({ ids: ['p0', 'p1', 'p0', 'p3', 'p4'] })],
        ['an empty id', /ids\[1\] is empty/, check({ ids: ['p0', '', 'p2', 'p3', 'p4'] })],
        ['one modality', /modalities has 1, .*two or more/, check({ modalities: [modality('a')] })],
        ['a repeated name', /modalities\[1\]\.name 'a' stands twice/, second({ name: 'a' })],
        ['a name like a number', /modalities\[1\]\.name is "1"; .*a letter/, second({ name: '1' })],
        ['a name with a point', /modalities\[1\]\.name is "b\.z1"/, second({ name: 'b.z1' })],
        ['no columns', /\('b'\)\.columns is empty/, second({ columns: [], values: new Float32Array() })],
        ['repeated columns', /columns\[1\] 'u' stands twice/, second({ columns: [scale('u'), scale('u')] })],
        ['no spread', /columns\[0\] has mean 0, sd 0/, second({ columns: [{ ...scale('u'), sd: 0 }, scale('v')] })],
        ['no latents', /\('b'\)\.latents is 0; .*1 to 256/, second({ latents: 0 })],
        ['half a latent', /\('b'\)\.exogenous is 1\.5/, second({ exogenous: 1.5 })],
        ['too few values', /values has 9 elements; 5 ids × 2 columns need 10/, second({ values: new Float32Array(9) })],
        ['a missing id', /values has 10 elements; 4 ids/, check({ ids: good.ids.slice(0, 4) })],
        [
          'NaN',
          /\('b'\)\.values\[3\] is NaN \(column 'v', subject p1\)/,
          second({ values: new Float32Array(10).fill(NaN, 3) }),
        ],
        ['a row beyond the last', /split\.test\[0\] is 5; .*0 to 4/, split({ test: Int32Array.of(5) })],
        ['a negative row', /split\.train\[1\] is -1/, split({ train: Int32Array.of(0, -1) })],
        ['half a row', /split\.train\[0\] is 0\.5/, split({ train: [0.5, 2] as unknown as Int32Array })],
        ['a row in two parts', /split\.test\[0\] is row 3, which stands in train/, split({ test: Int32Array.of(3) })],
        ['a row twice in a part', /split\.train\[1\] is row 0/, split({ train: Int32Array.of(0, 0) })],
        ['one to train', /split has 1 rows in train and 1 in validation/, split({ train: Int32Array.of(0) })],
        ['none to validate', /2 rows in train and 0 in validation/, split({ validation: Int32Array.of() })],
      ] as const
    ).map(([name, says, run]): Case => [name, 'invalid-dataset', says, run]),
  );
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

  test('a refused write keeps the old file', async () => {
    await expect(writeFileAtomic(target, () => writeFile('/dev/full', 'x'))).rejects.toBeInstanceOf(FileError);
    expect(readFileSync(target, 'utf8')).toBe('kept');
  });
});
