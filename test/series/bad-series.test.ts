// Invalid series and series settings: each gives one coded error, before decoding if the header claims too much.

import { describe } from '@jest/globals';
import { decodeEdf } from '../../src/series/edf.js';
import { edfRecording } from '../../src/series/edf-recording.js';
import { edf, onsets, type EdfSignalText, type EdfText } from '../fixtures/edf.js';
import { csv, ids, noise, people, refusedStudies } from '../fixtures/refused-studies.js';
import { refusing } from '../fixtures/refusing.js';
import { scratch } from '../fixtures/scratch.js';

const { file, snapshot } = scratch();
const refused = refusing(snapshot);
const studies = refusedStudies(file);

describe('keys', () => {
  const series = (more: string) => `series: { table: long.csv, channels: [hr], ${more} }`;
  refused(
    studies([
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
      ['hop without window', 'invalid-study', /hop needs window/, series('step: 2s, time: t, hop: 4s')],
      [
        'both length and window',
        'invalid-study',
        /excludes window/,
        series('step: 2s, time: t, window: 4s, length: 4s'),
      ],
      [
        'a range for an unknown channel',
        'invalid-study',
        /range has 'HR'/,
        series('step: 2s, time: t, range: { HR: { to: 200 } }'),
      ],
      [
        'a repeated channel',
        'invalid-study',
        /repeats 'a'/,
        'series: { table: long.csv, channels: [a, a], step: 1s, time: t }',
      ],
    ]),
  );
});

describe('series in tables', () => {
  const SECONDS = 24;
  type Cell = (id: string, second: number, i: number) => string | number;
  const usual: Cell = (_, second, i) => noise(second + 30 * i);
  /** Rows of every person, one per second. */
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
        /recording p10 would have .* steps; check/,
        long('unit', { time: (_, s) => s * 1e12 })(),
      ],
      [
        'a gap of half a year',
        'too-many-steps',
        /would have 7\d{6} steps, of which \d+ have a sample; .* distinguish its sessions/,
        long('years', { time: (_, s) => (s < 5 ? s : s + 1.5e7) })(),
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
        /constant on the training split: hr/,
        long('constant', { hr: () => 60 })(),
      ],
      ['no rows', 'empty-table', /no rows/, usualSeries().replace('usual', 'none')],
      [
        'a window longer than any recording',
        'no-windows',
        /a window has 50 steps, but the longest recording has 12/,
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
        /p10 is in row/,
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
    ['another size of the header', 'damaged-file', /claims a size other than/, decode({ headerBytes: 1024 })],
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
      'a physical range that is not a number',
      'damaged-file',
      /physicalMin of signal 'ECG' is 'low'/,
      of({ physical: ['low', 1] }),
    ],
    ['a digital range without width', 'damaged-file', /range without width/, of({ digital: [5, 5] })],
    ['a physical range without width', 'damaged-file', /range without width/, of({ physical: [1, 1] })],
    ['breaks that nobody dates', 'damaged-file', /no annotations with their times/, decode({ kind: 'EDF+D' })],
    [
      'a break that runs backwards',
      'damaged-file',
      /record 2 begins before/,
      decode({ kind: 'EDF+D', signals: [signal, onsets([5, 5.5])] }),
    ],
    [
      'a break without a time',
      'damaged-file',
      /record 2 has no onset/,
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
