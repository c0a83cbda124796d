// Time series as modalities of a study: long and wide tables and EDF files are converted to steps of one clock and cut
// into rows. These tests compute all means and masks independently.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { drawInspection } from '../../src/cli/inspection-drawings.js';
import type { Dataset } from '../../src/data/dataset.js';
import { decodeEdf } from '../../src/series/edf.js';
import { readStudy } from '../../src/study/study.js';
import { edf, onsets } from '../fixtures/edf.js';
import { scratch } from '../fixtures/scratch.js';
import { readXml } from '../fixtures/xml-reader.js';

const { file } = scratch();

/** Recordings of 12 people in two sessions each. */
const PEOPLE = 12;
const SESSIONS = ['a', 'b'];
const recordings = Array.from({ length: PEOPLE }, (_, i) => SESSIONS.map((session) => [`s${i + 10}`, session])).flat();
const pulse = (recording: number, second: number) => 60 + recording + ((second * second + 7 * recording) % 11);
const skin = (recording: number, second: number) => Math.sin(recording + second / 5);

const SECONDS = 64;
const longCsv = (keep: (recording: number, second: number) => boolean = () => true, first = 0) =>
  `student,session,sec,hr,eda\n${recordings
    .flatMap(([student, session], r) =>
      Array.from({ length: SECONDS }, (_, s) =>
        keep(r, s) ? `${student},${session},${first + s},${pulse(r, s)},${skin(r, s)}\n` : '',
      ),
    )
    .join('')}`;

/** A study with two modalities from one table, because latents are learned across modalities. */
const study = (keys: string, more = '') => `study: wearable
id: window
${more}modalities:
  heart: { series: { table: long.csv, channels: [hr], ${keys} }, latents: 1 }
  skin: { series: { table: long.csv, channels: [eda], ${keys} }, latents: 1 }
`;
const LONG = 'recording: [student, session], time: sec, step: 2s';
const WINDOWS = `${LONG}, window: 16s, hop: 8s`;
const read = (keys: string, more = '') => readStudy(file('study.yaml', study(keys, more)));

/** Values of a subject in their units, NaN where missing. */
function valuesOf(dataset: Dataset, id: string, m = 0): number[] {
  const { columns, values, observed } = dataset.modalities[m];
  const width = values.length / dataset.ids.length;
  const start = dataset.ids.indexOf(id) * width;
  return Array.from({ length: width }, (_, at) => {
    const { mean, sd } = columns[Math.floor((at * columns.length) / width)];
    return observed?.[start + at] === 0 ? NaN : values[start + at] * sd + mean;
  });
}

const expectClose = (values: readonly number[], expected: readonly number[]) => {
  expect(values.map(Number.isNaN)).toEqual(expected.map(Number.isNaN));
  values.forEach((value, i) => {
    if (!Number.isNaN(value)) expect(value).toBeCloseTo(expected[i], 4);
  });
};

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('windows of long tables', () => {
  test('contain the mean of the samples of each step', async () => {
    file('long.csv', longCsv());
    const { dataset, inspection } = await read(WINDOWS);
    expect(dataset.modalities[0].regularArray).toEqual({ kind: 'series', steps: 8, seconds: 2 });
    // 64 seconds contain windows that begin at 0, 8, …, 48.
    expect(dataset.ids).toHaveLength(24 * 7);
    expect(dataset.ids.slice(0, 8)).toEqual([...Array.from({ length: 7 }, (_, k) => `s10/a#${k}`), 's10/b#0']);
    const recording = 5;
    const [student, session] = recordings[recording];
    const steps = Array.from({ length: 8 }, (_, i) => [24 + 2 * i, 25 + 2 * i]);
    expectClose(
      valuesOf(dataset, `${student}/${session}#3`),
      steps.map((seconds) => mean(seconds.map((s) => pulse(recording, s)))),
    );
    expectClose(
      valuesOf(dataset, `${student}/${session}#3`, 1),
      steps.map((seconds) => mean(seconds.map((s) => skin(recording, s)))),
    );
    expect(inspection.modalities[0]).toMatchObject({
      regularArray: {
        kind: 'series',
        shape: [8],
        seconds: 2,
        recordings: { count: 24, steps: [32, 32] },
        sparse: 0,
        missing: 0,
      },
      columns: [{ name: 'hr' }],
    });
  });

  test('have the cause of their recording, and stay together in a split with the shares of its levels', async () => {
    file('long.csv', longCsv());
    file(
      'arms.csv',
      `window,arm\n${recordings.map(([student, session]) => `${student}/${session},arm-${session}\n`).join('')}`,
    );
    const arm = 'arm: { table: arms.csv, column: arm, kind: categorical, reference: arm-a, assigned: true }';
    const { dataset } = await read(WINDOWS, `causes:\n  ${arm}\nsplit: { test: 0.25, validation: 0.25 }\n`);
    const [{ levels, values }] = dataset.causes!;
    expect(dataset.ids.map((_, row) => levels![values[row]])).toEqual(
      dataset.ids.map((id) => `arm-${id.split('#')[0].split('/')[1]}`),
    );
    const { train, validation, test: held } = dataset.split;
    for (const part of [train, validation, held]) {
      const treated = part.filter((row) => values[row] === 1).length;
      expect(Math.abs(treated - part.length / 2)).toBeLessThanOrEqual(7);
      const whole = new Set(Array.from(part, (row) => dataset.groups![row]));
      expect(part).toHaveLength(7 * whole.size);
    }
  });

  test('of one recording, or of one group of the study, are in the same split', async () => {
    file('long.csv', longCsv());
    for (const [more, groupOf] of [
      ['', (id: string) => id.split('#')[0]],
      ['group: student\n', (id: string) => id.split('/')[0]],
    ] as const) {
      const { dataset } = await read(WINDOWS, more);
      expect(dataset.groups).toEqual(dataset.ids.map(groupOf));
      const partsOf = new Map<string, Set<string>>();
      for (const [part, rows] of Object.entries(dataset.split)) {
        for (const row of rows as Int32Array) {
          const group = groupOf(dataset.ids[row]);
          partsOf.set(group, (partsOf.get(group) ?? new Set()).add(part));
        }
      }
      expect([...partsOf.values()].every(({ size }) => size === 1)).toBe(true);
    }
  });

  test('have missing steps without samples, and are omitted if too many are missing', async () => {
    // Recording 2 lacks seconds 20 to 23, and recording 3 seconds 30 to 49.
    file(
      'long.csv',
      longCsv((r, s) => !(r === 2 && s >= 20 && s < 24) && !(r === 3 && s >= 30 && s < 50)),
    );
    const { dataset, inspection } = await read(WINDOWS);
    const [student, session] = recordings[2];
    expect(valuesOf(dataset, `${student}/${session}#2`).map(Number.isNaN)).toEqual(
      [16, 18, 20, 22, 24, 26, 28, 30].map((s) => s >= 20 && s < 24),
    );
    // Windows of seconds 24–39, 32–47 and 40–55 have 3, 0 and 3 of 8 steps.
    const ids = dataset.ids.filter((id) => id.startsWith(recordings[3].join('/')));
    expect(ids.map((id) => id.split('#')[1])).toEqual(['0', '1', '2', '6']);
    expect(inspection.modalities[0].regularArray?.sparse).toBe(3);
    const all = await read(`${WINDOWS}, minObserved: 0`);
    expect(all.dataset.ids.filter((id) => id.startsWith(recordings[3].join('/')))).toHaveLength(6);
    const whole = await read(WINDOWS, 'missing: drop\n');
    expect(whole.dataset.modalities.every(({ observed }) => observed === undefined)).toBe(true);
    expect(whole.dataset.ids.length).toBeLessThan(dataset.ids.length);
  });

  test('begin at multiples of hop on the clock, independently of the begin of a recording', async () => {
    // The recording begins at second 1005, so the first whole window begins at 1008.
    file('long.csv', longCsv(undefined, 1005));
    const { dataset } = await read(WINDOWS);
    expect(dataset.ids[0]).toBe('s10/a#126');
    const steps = Array.from({ length: 8 }, (_, i) => [3 + 2 * i, 4 + 2 * i]);
    expectClose(
      valuesOf(dataset, 's10/a#126'),
      steps.map((seconds) => mean(seconds.map((s) => pulse(0, s)))),
    );
  });

  test('accept times in milliseconds and dates', async () => {
    file('long.csv', longCsv());
    const seconds = await read(WINDOWS);
    const rewrite = (time: (second: number) => string) => {
      const [header, ...rows] = longCsv().trim().split('\n');
      const lines = rows.map((row) => row.split(',').map((cell, i) => (i === 2 ? time(Number(cell)) : cell)));
      file('long.csv', `${[header, ...lines].join('\n')}\n`);
    };
    rewrite((s) => String(1000 * s));
    const milliseconds = await read(`${WINDOWS}, unit: ms`);
    expect(milliseconds.dataset.fingerprint).toBe(seconds.dataset.fingerprint);
    rewrite((s) => new Date(1000 * s).toISOString().replace('T', ' ').replace('Z', ''));
    const dates = await read(WINDOWS);
    expect(dates.dataset.fingerprint).toBe(seconds.dataset.fingerprint);
  });

  test('accept rows at a rate without times', async () => {
    file('long.csv', longCsv());
    const timed = await read(WINDOWS);
    const rated = await read(WINDOWS.replace('time: sec', 'rate: 1'));
    expect(rated.dataset.fingerprint).toBe(timed.dataset.fingerprint);
  });

  test('treat values out of range as missing', async () => {
    file('long.csv', longCsv());
    const { dataset } = await readStudy(
      file(
        'study.yaml',
        study(`${WINDOWS}, minObserved: 0`).replace('channels: [hr]', 'channels: [hr], range: { hr: { to: 85 } }'),
      ),
    );
    const recording = 20;
    const [student, session] = recordings[recording];
    const expected = Array.from({ length: 8 }, (_, i) =>
      mean([2 * i, 2 * i + 1].map((s) => pulse(recording, s)).filter((value) => value <= 85)),
    );
    expectClose(valuesOf(dataset, `${student}/${session}#0`), expected);
  });
});

describe('whole recordings', () => {
  test('are rows of one length', async () => {
    file('long.csv', longCsv());
    const { dataset } = await read(LONG);
    expect(dataset.ids).toHaveLength(24);
    expect(dataset.groups).toBeUndefined();
    expect(dataset.modalities[0].regularArray).toEqual({ kind: 'series', steps: 32, seconds: 2 });
    // Recording 1 is shorter, so `length` is required.
    file(
      'long.csv',
      longCsv((r, s) => r !== 1 || s < 40),
    );
    await expect(read(LONG)).rejects.toMatchObject({ code: 'lengths-differ' });
    const cut = await read(`${LONG}, length: 48s`);
    expect(cut.dataset.modalities[0].regularArray).toMatchObject({ steps: 24 });
    expect(valuesOf(cut.dataset, 's10/b').map(Number.isNaN)).toEqual(Array.from({ length: 24 }, (_, i) => i >= 20));
  });

  test('come from a wide table with a column for each step', async () => {
    file('long.csv', longCsv());
    const long = await read(LONG.replace('2s', '1s'));
    // Columns are in another order. They are sorted by number: 10 follows 9.
    const numbers = Array.from({ length: SECONDS }, (_, s) => s).sort((a, b) => (a % 5) - (b % 5));
    const header = ['student', 'session', ...numbers.flatMap((s) => [`hr_${s + 1}`, `eda.${s + 1}`])];
    const rows = recordings.map(([a, b], r) => [a, b, ...numbers.flatMap((s) => [pulse(r, s), skin(r, s)])]);
    file('long.csv', `${[header, ...rows].join('\n')}\n`);
    const wide = await read('recording: [student, session], wide: true, step: 1s');
    expect(wide.dataset.fingerprint).toBe(long.dataset.fingerprint);
  });
});

describe('EDF', () => {
  const samples = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ((from + 37 * i) % 4000) - 2000);
  /** Three records of two seconds: an EEG with 8 samples per record and a temperature with 2. */
  const eeg = { label: 'EEG Fpz-Cz', physical: [-250, 250], count: 8, samples: samples(5, 24) } as const;
  const body = {
    label: 'Temp',
    unit: 'degC',
    physical: [34, 40],
    digital: [-100, 100],
    count: 2,
    samples: [0, 1, 2, 3, 4, 5],
  } as const;

  test('gives samples in their unit and at their time', () => {
    const signals = decodeEdf(edf({ signals: [eeg, body], records: 3, seconds: 2 }), 'one.edf');
    expect(signals.map(({ label, unit, count }) => [label, unit, count])).toEqual([
      ['EEG Fpz-Cz', 'uV', 24],
      ['Temp', 'degC', 6],
    ]);
    const volts = signals[0].samples();
    eeg.samples.forEach((digital, i) => expect(volts[i]).toBeCloseTo(-250 + ((digital + 2048) / 4095) * 500, 9));
    expect([...signals[1].samples()].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([
      37, 37.03, 37.06, 37.09, 37.12, 37.15,
    ]);
    expect([0, 1, 8, 23].map((i) => signals[0].time(i))).toEqual([0, 0.25, 2, 5.75]);
  });

  test('has the onsets of records in annotations if there are breaks (EDF+D)', () => {
    const signals = decodeEdf(
      edf({ signals: [eeg, onsets([0, 2, 60.5])], records: 3, seconds: 2, kind: 'EDF+D' }),
      'one.edf',
    );
    expect(signals.map(({ label }) => label)).toEqual(['EEG Fpz-Cz']);
    expect([0, 8, 16, 17].map((i) => signals[0].time(i))).toEqual([0, 2, 60.5, 60.75]);
  });

  test('gives windows of one clock for signals of any rates', async () => {
    const names = Array.from({ length: 14 }, (_, i) => `n${i + 10}`);
    for (const [i, name] of names.entries()) {
      const signals = [
        { ...eeg, samples: samples(100 * i, 80) },
        { ...body, samples: Array.from({ length: 20 }, (_, s) => (i * 7 + s * 3) % 100) },
      ];
      file(`nights/${name}.edf`, edf({ signals, records: 10, seconds: 2 }));
    }
    file('nights.csv', `night,edf\n${names.map((name) => `${name},${name}.edf`).join('\n')}\n`);
    const source = 'table: nights.csv, path: edf, folder: nights, step: 1s, window: 4s';
    const text = (channel: string) => `{ series: { ${source}, channels: ['${channel}'] }, latents: 1 }`;
    const edfStudy = file(
      'edf.yaml',
      `study: nights\nid: night\nmodalities:\n  brain: ${text('EEG Fpz-Cz')}\n  body: ${text('Temp')}\n`,
    );
    const { dataset, inspection } = await readStudy(edfStudy);
    expect(dataset.ids).toHaveLength(14 * 5);
    expect(dataset.groups?.[7]).toBe(dataset.ids[7].split('#')[0]);
    const values = samples(300, 80).map((digital) => -250 + ((digital + 2048) / 4095) * 500);
    expectClose(
      valuesOf(dataset, 'n13#2'),
      Array.from({ length: 4 }, (_, second) => mean(values.slice(4 * (8 + second), 4 * (9 + second)))),
    );
    expect(inspection.modalities[0].regularArray?.recordings).toEqual({ count: 14, steps: [20, 20] });

    // A file that is cut short is skipped.
    const whole = edf({ signals: [eeg, body], records: 3, seconds: 2 });
    file('nights/n10.edf', whole.subarray(0, whole.length - 2));
    const less = await readStudy(edfStudy);
    expect(less.dataset.ids).toHaveLength(13 * 5);
    expect(less.inspection.modalities[0].regularArray?.unusable).toMatchObject([{ id: 'n10', code: 'damaged-file' }]);
  });
});

describe('the plot', () => {
  test('has a row for each of twelve windows, and gaps in the lines for missing steps', async () => {
    file(
      'long.csv',
      longCsv((r, s) => !(r === 0 && s >= 4 && s < 8)),
    );
    const { dataset, inspection } = await read(WINDOWS);
    const drawings = await drawInspection(dataset, inspection, file('drawn'));
    expect(drawings.map(({ file: path }) => basename(path))).toEqual(['heart.svg', 'skin.svg']);
    const [{ file: path, ids }] = drawings;
    expect(ids).toHaveLength(12);
    const svg = readFileSync(path, 'utf8');
    const lines = [...svg.matchAll(/<path class="il-line[^"]*" d="([^"]*)"/g)].map(([, line]) => line);
    expect(lines).toHaveLength(12);
    // The first window lacks the third and fourth of its eight steps.
    expect(ids[0]).toBe('s10/a#0');
    expect(lines.map((line) => line.split('M').length - 1)).toEqual([2, ...new Array<number>(11).fill(1)]);
    expect(lines.map((line) => line.split(/[ML]/).length - 1)).toEqual([6, ...new Array<number>(11).fill(8)]);
    expect(() => readXml(svg)).not.toThrow();
  });
});

describe('new recordings of a fitted model', () => {
  test('are standardised by its scales, and must have its steps', async () => {
    file('long.csv', longCsv());
    const { dataset } = await read(WINDOWS);
    const scales = dataset.modalities;
    const again = await readStudy(file('study.yaml', study(WINDOWS, 'split: { seed: 5 }\n')), { scales });
    expect(again.dataset.modalities[0].values).toEqual(dataset.modalities[0].values);
    for (const other of [WINDOWS.replace('16s', '8s'), WINDOWS.replace('2s', '1s')]) {
      const refused = readStudy(file('study.yaml', study(other)), { scales });
      await expect(refused).rejects.toMatchObject({ code: 'array-mismatch' });
    }
  });
});
