// Images and series of real studies, compared with independent computations.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { observedInChannelUnits } from '../../src/data/channel-units.js';
import { dataEnvironment } from '../../reproduction/experiments/data-folder.js';
import { readStudy } from '../../src/study/study.js';
import { scratch } from '../fixtures/scratch.js';
import { describeWithData } from '../fixtures/skipping.js';

const { file } = scratch();
const { INTERLATENT_DATA: data } = dataEnvironment();

const read = (name: string, text: string) =>
  readStudy(file(`${name}.yaml`, text), { environment: { INTERLATENT_DATA: data } });

describeWithData('mnist', 'fashion_mnist')('MNIST and Fashion MNIST', () => {
  test('are images of 28 × 28 pixels with the mean in their README', async () => {
    const { dataset, inspection } = await read(
      'digits',
      `study: digits
id: { rows: true }
modalities:
  digit: { images: { array: "\${INTERLATENT_DATA}/mnist/train10k-images-idx3-ubyte.gz" }, latents: 2 }
  cloth: { images: { array: "\${INTERLATENT_DATA}/fashion_mnist/train10k-images-idx3-ubyte.gz" }, latents: 2 }
split: { validation: 2, test: 0 }
`,
    );
    expect(dataset.ids).toHaveLength(10_000);
    expect(dataset.modalities.map(({ regularArray }) => regularArray)).toEqual([
      { kind: 'image', height: 28, width: 28 },
      { kind: 'image', height: 28, width: 28 },
    ]);
    expect(inspection.modalities[0].columns[0].mean).toBeCloseTo(33.44, 1);
    // Row 5 of the first digit, a 5.
    const values = observedInChannelUnits(dataset.modalities[0], 0).subarray(5 * 28 + 12, 5 * 28 + 24);
    expect(Array.from(values, Math.round)).toEqual([3, 18, 18, 18, 126, 136, 175, 26, 166, 255, 247, 127]);
  });
});

describeWithData('exam_stress_e4')('wristbands of students in exams', () => {
  test('give windows of thirty recordings, and keep those of a student together', async () => {
    // Use the first half hour of every recording: the whole file would take a minute.
    const [header, ...all] = gunzipSync(readFileSync(join(data, 'exam_stress_e4/e4_1hz.csv.gz')))
      .toString()
      .trim()
      .split('\n');
    const [student, exam, sec, rate] = ['student', 'exam', 'sec', 'HR_bpm'].map((name) =>
      header.split(',').indexOf(name),
    );
    const rows = all.filter((row) => Number(row.split(',')[sec]) < 1800);
    file('e4.csv.gz', gzipSync([header, ...rows, ''].join('\n')));
    const keys = 'table: e4.csv.gz, recording: [student, exam], time: sec, step: 10s, window: 120s, hop: 60s';
    const { dataset, inspection } = await read(
      'wearable',
      `study: wearable
id: window
group: student
modalities:
  heart: { series: { ${keys}, channels: [HR_bpm] }, latents: 1 }
  skin: { series: { ${keys}, channels: [EDA_uS, TEMP_C] }, latents: 1 }
`,
    );
    // Computed by hand: rows of a recording, and sums of some.
    const last = new Map<string, number>();
    const sums = new Map<string, number[]>();
    for (const cells of rows.map((row) => row.split(','))) {
      const name = `${cells[student]}/${cells[exam]}`;
      last.set(name, Number(cells[sec]));
      const window = sums.get(name) ?? [];
      if (Number(cells[sec]) >= 600 && Number(cells[sec]) < 610) window.push(Number(cells[rate]));
      sums.set(name, window);
    }
    const windows = [...last.values()].map(
      (seconds) => Math.floor((10 * Math.floor(seconds / 10) + 10 - 120) / 60) + 1,
    );
    expect(dataset.ids).toHaveLength(windows.reduce((a, b) => a + b));
    expect(new Set(dataset.groups).size).toBe(10);
    expect(inspection.modalities[0].regularArray?.recordings?.count).toBe(30);
    const { values, columns } = dataset.modalities[0];
    for (const [name, expected] of sums) {
      const at = dataset.ids.indexOf(`${name}#10`);
      const value = values[at * 12] * columns[0].sd + columns[0].mean;
      expect(value).toBeCloseTo(expected.reduce((a, b) => a + b) / expected.length, 3);
    }
  });
});
