// Quality of a fit if subjects lack modalities: figures of the subjects who have them, close to those of complete data.

import { describe, expect, test } from '@jest/globals';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { presenceOf } from '../../src/data/presence.js';
import { compareSubspaces, measureQuality, qualityWarnings, type ModelReading } from '../../src/quality/index.js';
import { RandomStream } from '../../src/random/random-stream.js';

const COLUMNS = 6;
const rowsFrom = (first: number, count: number) => Int32Array.from({ length: count }, (_, i) => first + i);

/** Three modalities of six columns, half of each the same factor. A `share` of the subjects lacks b, and another c. */
function study(share: number, { train = 800, heldOut = 400 } = {}): { dataset: Dataset; factor: Float64Array } {
  const subjects = train + 60 + heldOut;
  const random = new RandomStream(4, 0);
  const factor = Float64Array.from({ length: subjects }, () => random.normal());
  const holes = new RandomStream(4, 1);
  const modalities = ['a', 'b', 'c'].map((name): Modality => {
    const values = new Float32Array(subjects * COLUMNS);
    const observed = new Uint8Array(values.length).fill(1);
    for (let row = 0; row < subjects; row++) {
      const lacks = name !== 'a' && holes.uniform() < share;
      for (let at = row * COLUMNS; at < (row + 1) * COLUMNS; at++) {
        const value = Math.SQRT1_2 * (factor[row] + random.normal());
        observed[at] = lacks ? 0 : 1;
        values[at] = lacks ? 0 : value;
      }
    }
    const columns = Array.from({ length: COLUMNS }, (_, c) => {
      return { name: `c${c}`, log: false, offset: 0, mean: 0, sd: 1 };
    });
    return { name, columns, values, latents: 1, exogenous: 1, ...(observed.includes(0) && { observed }) };
  });
  const split = {
    train: rowsFrom(0, train),
    validation: rowsFrom(train, 60),
    test: rowsFrom(train + 60, heldOut),
  };
  const ids = Array.from({ length: subjects }, (_, i) => `s${i}`);
  return { dataset: { ids, modalities, split, fingerprint: '' }, factor };
}

/** A model whose latents are the factor, or 99 for a missing modality, and which reconstructs half of every value. */
function reading({ modalities }: Dataset, factor: Float64Array, rows: Int32Array): ModelReading {
  const present = modalities.map(presenceOf);
  const table = (width: number, value: (row: number, c: number) => number) => ({
    values: Float64Array.from({ length: rows.length * width }, (_, at) =>
      value(rows[Math.floor(at / width)], at % width),
    ),
    rows: rows.length,
    columns: width,
  });
  return {
    latents: table(3, (row, m) => (present[m][row] === 1 ? factor[row] : 99)),
    reconstruction: table(3 * COLUMNS, (row, c) => {
      const { values } = modalities[Math.floor(c / COLUMNS)];
      return values[row * COLUMNS + (c % COLUMNS)] / 2;
    }),
  };
}

const measured = ({ dataset, factor }: ReturnType<typeof study>) =>
  measureQuality(dataset, (rows) => Promise.resolve(reading(dataset, factor, rows)));

describe('with two modalities missing in 40 % of the subjects', () => {
  test('reconstruction, prediction and linear methods have shares close to those of complete data', async () => {
    const [whole, holes] = [await measured(study(0)), await measured(study(0.4))];
    whole.modalities.forEach((complete, m) => {
      const { reconstruction, prediction, linear } = holes.modalities[m];
      for (const split of ['train', 'heldOut'] as const) {
        expect(Math.abs(reconstruction[split]! - complete.reconstruction[split]!)).toBeLessThan(0.02);
        expect(Math.abs(prediction[split]! - complete.prediction[split]!)).toBeLessThan(0.05);
        for (const { method, ...shares } of linear) {
          const beside = complete.linear.find((other) => other.method === method)!;
          expect(Math.abs(shares[split]! - beside[split]!)).toBeLessThan(0.05);
        }
      }
      expect(linear).toHaveLength(4);
      expect(prediction.p).toBe(1 / 200);
    });
  });

  test('the compared shares of subspaces are close, too', () => {
    const shares = [0, 0.4].map((share) => {
      const { dataset, factor } = study(share);
      const rows = { train: dataset.split.train, heldOut: dataset.split.test };
      const right = { train: reading(dataset, factor, rows.train), heldOut: reading(dataset, factor, rows.heldOut) };
      const noise = new RandomStream(5, 0);
      const wrong = factor.map(() => noise.normal());
      const other = { train: reading(dataset, wrong, rows.train), heldOut: reading(dataset, wrong, rows.heldOut) };
      const compared = compareSubspaces(dataset, rows, { network: other, linear: right });
      expect(compared.chosen).toBe('linear');
      return compared.compared.linear;
    });
    shares[0].forEach(({ prediction, straight }, m) => {
      expect(Math.abs(prediction! - shares[1][m].prediction!)).toBeLessThan(0.05);
      expect(Math.abs(straight! - shares[1][m].straight!)).toBeLessThan(0.05);
    });
  });
});

/** Returns data with the requested number of held-out subjects who have each incomplete modality and another one. */
async function fewHeldOut(both: number) {
  const { dataset, factor } = study(0.5, { train: 200, heldOut: 400 });
  const present = dataset.modalities.map(presenceOf);
  const isShort = (row: number) => present.slice(1).every((one) => one[row] === 1);
  const complete = dataset.split.test.filter(isShort).slice(0, both);
  const alone = dataset.split.test.filter((row) => present.filter((one) => one[row] === 1).length === 1).slice(0, 30);
  const split = { ...dataset.split, test: Int32Array.from([...complete, ...alone]) };
  return measured({ dataset: { ...dataset, split }, factor });
}

test('few held-out subjects with a modality and another one are measured, with a warning', async () => {
  const figures = await fewHeldOut(8);
  const [, second] = figures.modalities;
  expect(second.both!.heldOut).toBe(8);
  expect(second.prediction.heldOut).not.toBeNull();
  const warnings = qualityWarnings(figures);
  expect(warnings.map(({ code }) => code)).not.toContain('nothing-shared');
  const few = warnings.find(({ code }) => code === 'few-held-out')!;
  expect(few.text).toBe('Fewer than 20 held-out subjects for some: held-out figures are uncertain.');
  expect(few.items).toContain(`${second.name}: 8 held-out subjects have it and another modality`);
});

test('a figure of too few subjects is left out, and a warning gives the required number', async () => {
  const figures = await fewHeldOut(3);
  const [, second] = figures.modalities;
  expect(second.reconstruction.heldOut).not.toBeNull();
  expect(second.prediction).toEqual({ train: null, heldOut: null, p: 1 });
  expect(second.linear).toEqual([]);
  expect(qualityWarnings(figures).find(({ code }) => code === 'not-measured')).toMatchObject({
    text: expect.stringMatching(/^Figures marked – could not be measured\. Increase split\.test,/),
    items: expect.arrayContaining([`${second.name}: 3 held-out subjects have it and another modality, 5 are needed`]),
  });
});
