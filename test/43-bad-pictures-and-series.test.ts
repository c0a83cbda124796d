// Pictures, series and what a study says of them that must be refused: one coded error each, from headers where a file
// claims more than it may.

import { gzipSync } from 'node:zlib';
import { describe } from '@jest/globals';
import { encodeNpy } from '../src/files/npy.js';
import { encodeNpz } from '../src/files/npz.js';
import { decodeEdf } from '../src/series/edf.js';
import { edfRecording } from '../src/series/edf-recording.js';
import { readStudy } from '../src/study/study.js';
import { edf, onsets, type EdfSignalText, type EdfText } from './edf.js';
import { png } from './png.js';
import { refusing, type Case } from './refusing.js';
import { scratch } from './scratch.js';

const { file, snapshot } = scratch();
const refused = refusing(snapshot);

const ids = Array.from({ length: 20 }, (_, i) => `p${i + 10}`);
const noise = (i: number) => Math.round(1000 * Math.sin(7 * i * i + i)) / 10;
const csv = (header: string, rows: readonly string[]) => `${header}\n${rows.join('\n')}\n`;
const people = (header: string, row: (id: string, i: number) => string) => csv(header, ids.map(row));

/** Name, code, what the message must say, a modality, and further keys of the study. */
type Refusal = readonly [name: string, code: string, says: RegExp, modality: string, more?: string];

/** Studies of one modality as given: of pictures beside a table, of series, which may be windows, beside itself. */
const studies = (list: readonly Refusal[]): Case[] =>
  list.map(([name, code, says, modality, more = '']) => {
    const path = file(
      `${name.replaceAll(/\W+/g, '-')}.yaml`,
      `study: bad\nid: id\n${more}modalities:\n  m: { ${modality}, latents: 1 }\n` +
        `  other: { ${modality.startsWith('series') ? modality : 'table: blood.csv'}, latents: 1 }\n`,
    );
    return [name, code, says, () => readStudy(path)];
  });

file(
  'blood.csv',
  people('id,iron,sugar', (id, i) => `${id},${noise(i)},${noise(i + 50)}`),
);

/** A picture of 8 × 8 pixels whose levels are floating-point numbers (TIFF 6.0). */
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
  const series = (more: string) => `series: { table: long.csv, channels: [hr], ${more} }`;
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
      [
        'a contrast that takes all',
        'invalid-study',
        /contrast must be/,
        `${images('size: 8')}, augment: { contrast: 1 }`,
      ],
      ['part of a pixel', 'invalid-study', /augment\.shift/, `${images('size: 8')}, augment: { shift: 0.5 }`],
      ['a change that is none', 'unknown-key', /augment\.colour/, `${images('size: 8')}, augment: { colour: 1 }`],
      [
        'pictures that are adjusted',
        'invalid-study',
        /beside adjust/,
        images('size: 8'),
        'adjust: { table: blood.csv, columns: [iron] }\n',
      ],
      [
        'a series without time',
        'invalid-study',
        /needs one of time .*, rate .*, wide: true and path/,
        series('step: 1s'),
      ],
      ['time and rate', 'invalid-study', /needs one of time/, series('step: 1s, time: t, rate: 2')],
      [
        'more recurrent units than a layer has',
        'invalid-study',
        /network is gru with 513 units in a layer; a layer has at most 512/,
        `${series('step: 1s, time: t')}, network: { kind: gru, widths: [32, 513] }`,
      ],
      ['an unknown duration', 'invalid-study', /step must be a duration/, series('step: fast, time: t')],
      ['no duration', 'invalid-study', /must be longer than 0/, series('step: 0s, time: t')],
      [
        'windows between steps',
        'invalid-study',
        /window must be a multiple of step, 2 s; it is 5 s/,
        series('step: 2s, time: t, window: 5s'),
      ],
      ['hop without window', 'invalid-study', /hop is of windows/, series('step: 2s, time: t, hop: 4s')],
      [
        'length beside window',
        'invalid-study',
        /cannot stand beside window/,
        series('step: 2s, time: t, window: 4s, length: 4s'),
      ],
      [
        'a range of no channel',
        'invalid-study',
        /range has 'HR'/,
        series('step: 2s, time: t, range: { HR: { to: 200 } }'),
      ],
      [
        'a channel twice',
        'invalid-study',
        /repeats 'a'/,
        'series: { table: long.csv, channels: [a, a], step: 1s, time: t }',
      ],
    ]),
  );
});

describe('pictures in files', () => {
  const form = 'path: eye, folder: photos, size: 8';
  const grey = 'channels: grey';
  /** Every subject has this picture. */
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
        'cut short, one of all',
        'damaged-file',
        /cut\.png/,
        `images: { table: one-bad.csv, ${form}, ${grey} }`,
        'missing: drop\n',
      ],
      ['an empty file', 'damaged-file', /empty\.png is damaged.*empty/, all('empty.png', '')()],
      ['a text', 'unknown-format', /text\.png is no picture/, all('text.png', 'no picture at all')()],
      [
        'a drawing',
        'unknown-format',
        /is no picture/,
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
      ['levels of 32 bits', 'unsupported-type', /levels of type float/, all('float.tif', floatTiff())()],
      ['no such column', 'missing-column', /no column 'eye'/, `images: { table: blood.csv, ${form} }`],
      [
        'a file outside the folder',
        'unsafe-name',
        /"\.\.\/blood\.csv" is no file inside/,
        `images: { table: outside.csv, ${form}, ${grey} }`,
      ],
      ['an absolute path', 'unsafe-name', /is no file inside/, `images: { table: absolute.csv, ${form}, ${grey} }`],
      ['a subject twice', 'duplicate-id', /p13 stands in row 5/, `images: { table: twice.csv, ${form}, ${grey} }`],
      [
        'nobody has a picture',
        'empty-column',
        /has no value of grey/,
        `images: { table: nobody.csv, ${form}, ${grey} }`,
      ],
      [
        'all are the same colour',
        'constant-column',
        /constant on the training part: grey/,
        all('flat.png', png({ width: 8, height: 8 }, new Array<number>(64).fill(9)))(),
      ],
    ]),
  );
});

describe('pictures in arrays', () => {
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
      ['channels at no end', 'ambiguous-layout', /cannot be told/, array('neither.npy', npy([20, 8, 8, 8]))],
      [
        'an infinite pixel',
        'not-finite',
        /infinite value in row 3/,
        array('infinite.npy', npy([20, 8, 8], [130, Infinity])),
      ],
      ['too few ids', 'rows-disagree', /has 24 pictures and 20 ids/, array('more.npy', npy([24, 8, 8]))],
      ['an id twice', 'duplicate-id', /p10 stands in row 10/, 'images: { array: square.npy, ids: twice.npy }'],
      ['ids of two axes', 'unsupported-shape', /ids .* are a vector/, 'images: { array: square.npy, ids: square.npy }'],
      ['no ids', 'invalid-study', /needs ids .* or table/, 'images: { array: square.npy }'],
      [
        'two arrays to choose from',
        'missing-array',
        /holds a, b; say which/,
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

describe('series in tables', () => {
  const SECONDS = 24;
  type Cell = (id: string, second: number, i: number) => string | number;
  const usual: Cell = (_, second, i) => noise(second + 30 * i);
  /** Rows of every person, second by second. */
  const long = (
    name: string,
    { hr = usual, time = (_, second) => second, group = (id) => id }: { hr?: Cell; time?: Cell; group?: Cell },
  ) => {
    const seconds = Array.from({ length: SECONDS }, (_, second) => second);
    const rows = ids.flatMap((id, i) =>
      seconds.map((s) => `${id},${group(id, s, i)},${time(id, s, i)},${hr(id, s, i)}`),
    );
    file(`${name}.csv`, csv('id,clinic,t,hr', rows));
    return (keys = 'window: 8s') => `series: { table: ${name}.csv, channels: [hr], time: t, step: 2s, ${keys} }`;
  };
  const usualSeries = long('usual', {});
  file('none.csv', 'id,t,hr\n');
  const wide = (name: string, header: string) => {
    file(
      `${name}.csv`,
      people(header, (id, i) =>
        [
          id,
          ...header
            .split(',')
            .slice(1)
            .map((_, s) => noise(i + 20 * s)),
        ].join(','),
      ),
    );
    return `series: { table: ${name}.csv, channels: [hr, eda], wide: true, step: 1s }`;
  };
  refused(
    studies([
      [
        'time that runs backwards',
        'time-backwards',
        /row 30 of .*p11 goes back, from 4 to 1/,
        long('backwards', { time: (_, s, i) => (i === 1 && s === 5 ? 1 : s) })(),
      ],
      [
        'a row without time',
        'missing-time',
        /row 3 of .* has no time/,
        long('timeless', { time: (_, s, i) => (i === 0 && s === 2 ? '' : s) })(),
      ],
      [
        'a time that is a text',
        'not-numeric',
        /'t'.*row 2 holds "noon"/,
        long('noon', { time: (_, s) => (s === 1 ? 'noon' : s) })(),
      ],
      [
        'a sample that is a text',
        'not-numeric',
        /'hr'.*"high"/,
        long('high', { hr: (_, s) => (s === 1 ? 'high' : s) })(),
      ],
      [
        'an infinite sample',
        'not-finite',
        /row 2 of channel 'hr'/,
        long('infinite', { hr: (_, s) => (s === 1 ? 'inf' : s) })(),
      ],
      [
        'a time of another unit',
        'too-many-steps',
        /recording p10 would have .* steps; look at/,
        long('unit', { time: (_, s) => s * 1e12 })(),
      ],
      ['nothing but NaN', 'no-windows', /of 60 windows none has 50 %/, long('nothing', { hr: () => 'NaN' })()],
      [
        'recordings of nothing but NaN',
        'empty-column',
        /has no value of hr/,
        'series: { table: nothing.csv, channels: [hr], time: t, step: 2s }',
      ],
      [
        'a constant channel',
        'constant-column',
        /constant on the training part: hr/,
        long('constant', { hr: () => 60 })(),
      ],
      ['no rows', 'empty-table', /no rows/, usualSeries().replace('usual', 'none')],
      [
        'a window longer than any recording',
        'no-windows',
        /a window has 50 steps, and the longest recording 12/,
        usualSeries('window: 100s'),
      ],
      ['no such channel', 'missing-column', /no column 'pulse'/, usualSeries().replace('[hr]', '[pulse]')],
      [
        'windows of a recording in two groups',
        'group-mismatch',
        /p10 has two values of 'clinic'/,
        long('straddling', { group: (_, s) => (s < 12 ? 'a' : 'b') })('window: 8s, hop: 4s'),
        'group: clinic\n',
      ],
      [
        'recordings of several lengths',
        'lengths-differ',
        /p10 has 12 steps and p11 13; write length/,
        long('lengths', { time: (_, s, i) => (i === 1 && s === 23 ? 24 : s) })(''),
      ],
      [
        'a recording in two tables',
        'duplicate-id',
        /p10 stands in row/,
        usualSeries().replace('usual.csv', '[usual.csv, lengths.csv]'),
      ],
      [
        'too few recordings',
        'too-few-subjects',
        /at least 10, 2 and 2 are needed/,
        usualSeries().replace('usual', 'few'),
        '',
      ],
      [
        'a step without a column',
        'missing-column',
        /step 2 of channel 'hr' has no column/,
        wide('gap', 'id,hr_1,hr_3,eda_1,eda_2,eda_3'),
      ],
      ['a channel without columns', 'missing-column', /no columns of channel 'eda'/, wide('without', 'id,hr_1,hr_2')],
      [
        'channels of several lengths',
        'columns-disagree',
        /2 steps of 'hr' and 3 of 'eda'/,
        wide('uneven', 'id,hr_1,hr_2,eda_1,eda_2,eda_3'),
      ],
    ]),
  );
  file(
    'few.csv',
    csv(
      'id,t,hr',
      ids.slice(0, 3).flatMap((id) => Array.from({ length: 24 }, (_, s) => `${id},${s},${noise(s)}`)),
    ),
  );
});

describe('EDF', () => {
  const signal: EdfSignalText = { label: 'ECG', physical: [-1, 1], count: 4, samples: [1, 2, 3, 4, 5, 6, 7, 8] };
  const bytes = (other: Partial<EdfText> = {}) => edf({ signals: [signal], records: 2, ...other });
  const decode = (other: Partial<EdfText>) => () => decodeEdf(bytes(other), 'night.edf');
  const of = (other: Partial<EdfSignalText>) => decode({ signals: [{ ...signal, ...other }] });
  const recording = (channels: readonly string[], text: Partial<EdfText> = {}) =>
    edfRecording('n1', decodeEdf(bytes(text), 'night.edf'), { channels, step: 1, range: {} }, 'night.edf');
  refused([
    ['a negative record count', 'damaged-file', /number of records is -1/, decode({ records: -1 })],
    ['no records', 'damaged-file', /number of records is 0/, decode({ records: 0 })],
    ['half a record', 'damaged-file', /number of records is 1\.5/, decode({ records: 1.5 })],
    [
      'more records than bytes',
      'damaged-file',
      /99999999 records need .* bytes, it has/,
      decode({ records: 99_999_999 }),
    ],
    ['fewer records than bytes', 'damaged-file', /1 records need/, decode({ records: 1 })],
    ['a file cut short', 'damaged-file', /cut short/, () => decodeEdf(bytes().subarray(0, 520), 'night.edf')],
    [
      'a header cut short',
      'damaged-file',
      /fewer than an EDF header/,
      () => decodeEdf(bytes().subarray(0, 200), 'night.edf'),
    ],
    [
      'signals without a header',
      'damaged-file',
      /need a header of 768/,
      () => decodeEdf(bytes({ signalCount: 2 }).subarray(0, 600), 'night.edf'),
    ],
    ['an absurd number of signals', 'damaged-file', /number of signals is 9999/, decode({ signalCount: 9999 })],
    ['another size of the header', 'damaged-file', /claims another size/, decode({ headerBytes: 1024 })],
    ['another version', 'damaged-file', /does not begin like/, decode({ version: '7' })],
    [
      'BDF',
      'unsupported-type',
      /BDF/,
      () => decodeEdf(Buffer.concat([Buffer.from([0xff]), bytes().subarray(1)]), 'night.edf'),
    ],
    ['a duration of nothing', 'damaged-file', /lasts 0 seconds/, decode({ seconds: 0 })],
    ['a duration that is a text', 'damaged-file', /duration of a record is 'long'/, decode({ seconds: 'long' })],
    ['an absurd number of samples', 'damaged-file', /records need/, of({ count: 99_999_999, samples: [] })],
    ['a negative number of samples', 'damaged-file', /samples of signal 'ECG' is -4/, of({ count: -4, samples: [] })],
    [
      'a physical range that is no number',
      'damaged-file',
      /physicalMin of signal 'ECG' is 'low'/,
      of({ physical: ['low', 1] }),
    ],
    ['a digital range without width', 'damaged-file', /range without width/, of({ digital: [5, 5] })],
    ['a physical range without width', 'damaged-file', /range without width/, of({ physical: [1, 1] })],
    ['breaks that nobody dates', 'damaged-file', /no annotations that say when/, decode({ kind: 'EDF+D' })],
    [
      'a break that runs backwards',
      'damaged-file',
      /record 2 begins before/,
      decode({ kind: 'EDF+D', signals: [signal, onsets([5, 5.5])] }),
    ],
    [
      'a break without a time',
      'damaged-file',
      /record 2 does not say when/,
      decode({ kind: 'EDF+D', signals: [signal, onsets([5, 'later'])] }),
    ],
    ['no such signal', 'missing-channel', /no signal 'EKG'.*its signals are ECG/, () => recording(['EKG'])],
    ['a signal twice', 'missing-channel', /2 signals 'ECG'/, () => recording(['ECG'], { signals: [signal, signal] })],
    [
      'a break of centuries',
      'too-many-steps',
      /would have/,
      () => recording(['ECG'], { kind: 'EDF+D', signals: [signal, onsets([0, 9_999_999_999])] }),
    ],
  ]);
});
