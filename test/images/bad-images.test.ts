// Invalid images and image settings: each gives one coded error, before decoding if the header claims too much.

import { gzipSync } from 'node:zlib';
import { describe } from '@jest/globals';
import { encodeNpy } from '../../src/files/npy.js';
import { encodeNpz } from '../../src/files/npz.js';
import { png } from '../fixtures/png.js';
import { ids, noise, people, refusedStudies } from '../fixtures/refused-studies.js';
import { refusing } from '../fixtures/refusing.js';
import { scratch } from '../fixtures/scratch.js';

const { file, snapshot } = scratch();
const refused = refusing(snapshot);
const studies = refusedStudies(file);

/** An image of 8 × 8 pixels whose intensities are floating-point numbers (TIFF 6.0). */
function floatTiff(): Uint8Array {
  const tags = [
    [256, 8],
    [257, 8],
    [258, 32],
    [259, 1],
    [262, 1],
    [273, 134],
    [277, 1],
    [278, 8],
    [279, 256],
    [339, 3],
  ];
  const bytes = Buffer.alloc(134 + 256);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(tags.length, 8);
  for (const [i, [tag, value]] of tags.entries()) {
    bytes.writeUInt16LE(tag, 10 + 12 * i);
    bytes.writeUInt16LE(3, 12 + 12 * i);
    bytes.writeUInt32LE(1, 14 + 12 * i);
    bytes.writeUInt32LE(value, 18 + 12 * i);
  }
  for (let i = 0; i < 64; i++) bytes.writeFloatLE(i / 64, 134 + 4 * i);
  return bytes;
}

describe('keys', () => {
  const images = (more: string) => `images: { table: eyes.csv, path: eye, ${more} }`;
  refused(
    studies([
      ['no source', 'invalid-study', /m must have one of table, images and series/, 'exogenous: 2'],
      ['two sources', 'invalid-study', /one of table, images and series/, `table: a.csv, ${images('size: 8')}`],
      ['a misspelled key', 'unknown-key', /images\.chanels'.*did you mean 'channels'/, images('size: 8, chanels: rgb')],
      ['no size', 'invalid-study', /images\.size is missing/, 'images: { table: eyes.csv, path: eye }'],
      ['a size too small', 'invalid-study', /size must be at least 8, not 4/, images('size: 4')],
      [
        'a network of series',
        'invalid-study',
        /kind must be one of conv, resnet18, mlp/,
        `${images('size: 8')}, network: { kind: lstm }`,
      ],
      [
        'more invariant latents than latents',
        'invalid-study',
        /is above latents, 1/,
        `${images('size: 8')}, shiftInvariant: 2`,
      ],
      ['a contrast of 1', 'invalid-study', /contrast must be/, `${images('size: 8')}, augment: { contrast: 1 }`],
      ['half a pixel', 'invalid-study', /augment\.shift/, `${images('size: 8')}, augment: { shift: 0.5 }`],
      ['an unknown change', 'unknown-key', /augment\.colour/, `${images('size: 8')}, augment: { colour: 1 }`],
      [
        'an adjustment of images',
        'invalid-study',
        /excludes adjust/,
        images('size: 8'),
        'adjust: { table: blood.csv, columns: [iron] }\n',
      ],
    ]),
  );
});

describe('images in files', () => {
  const form = 'path: eye, folder: photos, size: 8';
  const grey = 'channels: grey';
  /** Writes a file and a table in which every subject has it; returns the keys of a study. */
  const all = (name: string, bytes: Uint8Array | string) => {
    file(`photos/${name}`, bytes);
    file(
      `${name}.csv`,
      people('id,eye', (id) => `${id},${name}`),
    );
    return (more = grey) => `images: { table: ${name}.csv, ${form}, ${more} }`;
  };
  const good = (seed: number) =>
    png(
      { width: 8, height: 8 },
      Array.from({ length: 64 }, (_, i) => (i * seed) % 256),
    );
  const one = good(5);
  file('photos/good.png', one);
  file(
    'eyes.csv',
    people('id,eye', (id) => `${id},good.png`),
  );
  file(
    'twice.csv',
    people('id,eye', (id, i) => `${i === 4 ? ids[3] : id},good.png`),
  );
  file(
    'outside.csv',
    people('id,eye', (id, i) => `${id},${i === 7 ? '../blood.csv' : 'good.png'}`),
  );
  file(
    'absolute.csv',
    people('id,eye', (id, i) => `${id},${i === 7 ? '/etc/hostname' : 'good.png'}`),
  );
  file(
    'one-bad.csv',
    people('id,eye', (id, i) => `${id},${i === 7 ? 'cut.png' : 'good.png'}`),
  );
  file(
    'nowhere.csv',
    people('id,eye', (id) => `${id},nowhere.png`),
  );
  file(
    'nobody.csv',
    people('id,eye', (id) => `${id},`),
  );
  refused(
    studies([
      ['cut short', 'damaged-file', /cut\.png is damaged/, all('cut.png', one.subarray(0, one.length - 30))()],
      [
        'one file of several cut short',
        'damaged-file',
        /cut\.png/,
        `images: { table: one-bad.csv, ${form}, ${grey} }`,
        'missing: drop\n',
      ],
      ['an empty file', 'damaged-file', /empty\.png is damaged.*empty/, all('empty.png', '')()],
      ['a text', 'unknown-format', /text\.png is not an image/, all('text.png', 'no image at all')()],
      [
        'a drawing',
        'unknown-format',
        /is not an image/,
        all('drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')(),
      ],
      ['one pixel', 'too-small', /1 × 1 pixels/, all('dot.png', png({ width: 1, height: 1 }, [7]))()],
      [
        'a bomb',
        'too-large',
        /claims 30000 × 30000 pixels; up to 100 million/,
        all('bomb.png', png({ width: 30_000, height: 30_000 }))(),
      ],
      ['no colours', 'channel-mismatch', /has no colours.*channels: grey/, all('grey.png', one)('channels: rgb')],
      ['no such file', 'missing-file', /nowhere\.png/, `images: { table: nowhere.csv, ${form} }`],
      ['intensities of 32 bits', 'unsupported-type', /intensities of type float/, all('float.tif', floatTiff())()],
      ['no such column', 'missing-column', /no column 'eye'/, `images: { table: blood.csv, ${form} }`],
      [
        'a file outside the folder',
        'unsafe-name',
        /"\.\.\/blood\.csv" is not a file inside/,
        `images: { table: outside.csv, ${form}, ${grey} }`,
      ],
      ['an absolute path', 'unsafe-name', /is not a file inside/, `images: { table: absolute.csv, ${form}, ${grey} }`],
      ['a subject twice', 'duplicate-id', /p13 is in row 5/, `images: { table: twice.csv, ${form}, ${grey} }`],
      [
        'no subject with an image',
        'empty-column',
        /has no value of grey/,
        `images: { table: nobody.csv, ${form}, ${grey} }`,
      ],
      [
        'images of one colour',
        'constant-column',
        /constant on the training split: grey/,
        all('flat.png', png({ width: 8, height: 8 }, new Array<number>(64).fill(9)))(),
      ],
    ]),
  );
});

describe('images in arrays', () => {
  const array = (name: string, bytes: Uint8Array) => {
    file(name, bytes);
    return `images: { array: ${name}, table: blood.csv }`;
  };
  const numbers = (shape: readonly number[], at?: readonly [number, number]) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => noise(i));
    if (at) data[at[0]] = at[1];
    return { shape, data };
  };
  const npy = (shape: readonly number[], at?: readonly [number, number]) => encodeNpy(numbers(shape, at));
  const idx = Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 8, 0, 0, 0, 8]), Buffer.alloc(1000)]);
  const zipped = gzipSync(idx);
  file('twice.npy', encodeNpy({ shape: [20], data: ids.map((id, i) => (i === 9 ? 'p10' : id)) }));
  file('square.npy', npy([20, 8, 8]));
  refused(
    studies([
      ['a matrix', 'unsupported-shape', /shape \(20, 64\).*\(n, height, width\)/, array('matrix.npy', npy([20, 64]))],
      ['texts', 'unsupported-shape', /of texts/, array('texts.npy', encodeNpy({ shape: [20, 1, 1], data: ids }))],
      [
        'channels at both ends',
        'ambiguous-layout',
        /write layout: channels-last or channels-first/,
        array('both.npy', npy([20, 3, 8, 3])),
      ],
      ['channels at no end', 'ambiguous-layout', /is ambiguous/, array('neither.npy', npy([20, 8, 8, 8]))],
      [
        'an infinite pixel',
        'not-finite',
        /infinite value in row 3/,
        array('infinite.npy', npy([20, 8, 8], [130, Infinity])),
      ],
      ['too few ids', 'rows-disagree', /has 24 images and 20 ids/, array('more.npy', npy([24, 8, 8]))],
      ['an id twice', 'duplicate-id', /p10 is in row 10/, 'images: { array: square.npy, ids: twice.npy }'],
      ['ids of two axes', 'unsupported-shape', /ids .* are a vector/, 'images: { array: square.npy, ids: square.npy }'],
      ['no ids', 'invalid-study', /needs ids .* or table/, 'images: { array: square.npy }'],
      [
        'two arrays to choose from',
        'missing-array',
        /has a, b; choose an array/,
        array(
          'two.npz',
          encodeNpz([
            ['a', numbers([20, 8, 8])],
            ['b', numbers([20, 8, 8])],
          ]),
        ),
      ],
      ['an unknown array', 'missing-array', /no array 'c'/, 'images: { array: two.npz, name: c, table: blood.csv }'],
      ['a cut IDX file', 'damaged-file', /needs 1280 bytes, 1000 follow/, array('cut-ubyte', idx)],
      ['a cut gzip', 'damaged-file', /gzip/, array('cut-ubyte.gz', zipped.subarray(0, 20))],
      ['a table', 'unknown-format', /\.npy, \.npz and IDX/, 'images: { array: blood.csv, table: blood.csv }'],
      ['more latents than pixels', 'too-many-latents', /fewer than its/, array('pixel.npy', npy([20, 1, 1]))],
    ]),
  );
});
