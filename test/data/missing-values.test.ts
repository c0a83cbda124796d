// Missing values and missing modalities: scales use observed training values only, and missing values stay missing.

import { describe, expect, test } from '@jest/globals';
import { checkDataset } from '../../src/data/check.js';
import type { Modality } from '../../src/data/dataset.js';
import { presenceOf } from '../../src/data/presence.js';
import { rescale } from '../../src/data/rescale.js';
import type { Row } from '../../src/data/row.js';
import { rowValues } from '../../src/data/rows.js';
import { readStudy } from '../../src/study/study.js';
import { scratch } from '../fixtures/scratch.js';
import {
  blood,
  cell,
  csv,
  eyes,
  ids,
  lacking,
  moments,
  noise,
  range,
  readingTables,
  sleep,
  study,
  SUBJECTS,
} from '../fixtures/tables-with-holes.js';

const files = scratch();
const { file } = files;
const read = readingTables(files);

describe('values', () => {
  test('are standardised by observed training values, and missing ones are 0 and marked', async () => {
    const { dataset, inspection } = await read();
    const tables = { sleep, blood, eyes };
    for (const [m, modality] of dataset.modalities.entries()) {
      for (const [c, { name, mean, sd }] of modality.columns.entries()) {
        const raw = Object.values(tables[modality.name as keyof typeof tables])[c];
        const valueAt = (row: number) => raw[ids.indexOf(dataset.ids[row])];
        const observed = dataset.ids.map((_, row) => cell(modality, row, name) !== undefined);
        const expected = moments([...dataset.split.train].filter((row) => observed[row]).map(valueAt));
        expect(mean).toBeCloseTo(expected.mean, 10);
        expect(sd).toBeCloseTo(expected.sd, 10);
        const there = [...dataset.ids.keys()].filter((row) => observed[row]);
        for (const row of there) {
          expect(cell(modality, row, name)).toBeCloseTo((valueAt(row) - expected.mean) / expected.sd, 4);
        }
        expect(inspection.modalities[m].columns[c]).toMatchObject({
          min: Math.min(...there.map(valueAt)),
          max: Math.max(...there.map(valueAt)),
        });
      }
      const { values, observed = [] } = modality;
      observed.forEach((mark, at) => {
        if (mark === 0) expect(values[at]).toBe(0);
      });
    }
    expect(Array.from(presenceOf(dataset.modalities[2]))).toEqual(
      dataset.ids.map((id) => Number(ids.indexOf(id) % 2 === 0)),
    );
  });

  test('do not depend on the words for missing cells', async () => {
    const { dataset } = await read();
    const coded = lacking(sleep.hours, (row) => row % 7 === 3).map((value) => (value === '' ? -9 : value));
    file('sleep.csv', csv({ ...sleep, hours: coded }, range(0, 50)));
    const again = await read(study({ sleep: ', missing: { hours: [-9] }' }));
    expect(again.dataset.fingerprint).toBe(dataset.fingerprint);
  });

  test.each(['log1p', 'arcsinh', 'rank', 'cpm', 'clr'])(
    '%s: do not change if rows without values are added',
    async (kind) => {
      const counts = (seed: number) => noise(seed).map((value) => Math.round(Math.abs(value) * 3) + 1);
      const table = { a: counts(11), b: counts(12), c: counts(13) };
      const transformed = study({ blood: `, transform: ${kind}, winsorise: 0.1, filter: { top: 2 }` });
      const rows = range(10, SUBJECTS);
      file('blood.csv', csv(table, rows));
      const { dataset } = await read(transformed);
      // The same study with empty rows, which change no scale.
      file(
        'blood.csv',
        csv({
          ...table,
          a: lacking(table.a, (row) => row < 10),
          b: lacking(table.b, (row) => row < 10),
          c: lacking(table.c, (row) => row < 10),
        }),
      );
      const again = await read(transformed);
      expect(again.dataset.modalities[1]).toEqual(dataset.modalities[1]);
    },
  );

  test.each(['cpm', 'clr'])(
    'of a subject with a missing cell are all missing with %s, which needs whole rows',
    async (kind) => {
      const counts = (seed: number) => noise(seed).map((value) => Math.round(Math.abs(value) * 3) + 1);
      const table = { a: counts(11), b: counts(12), c: counts(13) };
      const transformed = study({ blood: `, transform: ${kind}` });
      file('blood.csv', csv(table, range(14, SUBJECTS)));
      const { dataset } = await read(transformed);
      file('blood.csv', csv({ ...table, b: lacking(table.b, (row) => row < 14) }, range(10, SUBJECTS)));
      const { dataset: gappy, inspection } = await read(transformed);
      expect(inspection.modalities[1]).toMatchObject({ absent: 10, incomplete: 4, discarded: 4 });
      expect(gappy.modalities[1].columns).toEqual(dataset.modalities[1].columns);
      expect(presenceOf(gappy.modalities[1])).toEqual(presenceOf(dataset.modalities[1]));
    },
  );

  test('count for maxMissing as a share of the subjects with the modality', async () => {
    // 4 of the 50 subjects with blood lack iron: 8 %.
    const left = async (maxMissing: number) =>
      (await read(study({ blood: `, maxMissing: ${maxMissing}` }))).inspection.modalities[1].leftOut.missing;
    expect(await left(0.07)).toEqual(['iron']);
    expect(await left(0.08)).toEqual([]);
  });

  test('that are missing are ignored by winsorise, outliers and duplicates', async () => {
    const wild = lacking(blood.sugar, (row) => row % 5 === 4).map((value, row) => (row === 30 ? 1e6 : value));
    const heavy = wild.map((value) => (value === '' ? '' : Number(value) * 18));
    file('blood.csv', csv({ ...blood, wild, heavy }));
    const { inspection } = await read();
    const { outliers, duplicates } = inspection.modalities[1];
    expect(outliers.map(({ column, subjects, largest }) => ({ column, subjects, largest }))).toEqual([
      { column: 'wild', subjects: 1, largest: 1e6 },
      { column: 'heavy', subjects: 1, largest: 18e6 },
    ]);
    expect(duplicates).toEqual([['wild', 'heavy']]);
    const { dataset } = await read(study({ blood: ', winsorise: 0.1' }));
    const one = dataset.modalities[1];
    const held = dataset.ids.map((_, row) => cell(one, row, 'wild')).filter((value) => value !== undefined);
    expect(held).toHaveLength(48);
    expect(Math.max(...held)).toBeLessThan(3);
  });

  test('that are few in the training split of a column cause an error, or its removal', async () => {
    const few = lacking(noise(9), (row) => row > 6);
    file('eyes.csv', csv({ ...eyes, few }));
    const { inspection } = await read(study({ eyes: ', constant: omit' }));
    expect(inspection.modalities[2].leftOut).toEqual({ constant: [], few: ['few'], missing: [], filtered: [] });
    await expect(read()).rejects.toMatchObject({ code: 'too-few-values', details: { columns: ['few'] } });
  });
});

describe('new subjects of a fitted model', () => {
  test('keep missing values on the scales of the model', async () => {
    const { dataset } = await read();
    const scales = dataset.modalities;
    file('eyes.csv', csv({ depth: lacking(eyes.depth, (row) => row === 4), width: eyes.width }, [4, 8]));
    file('blood.csv', csv(blood, [8]));
    const partial = study().replace(/ {2}sleep.*\n/, '');
    const { dataset: fresh, inspection } = await readStudy(file('study.yaml', partial), { scales, partial: true });
    expect(fresh.ids).toEqual(['p08', 'p04']);
    const [body, eye] = fresh.modalities;
    const { mean, sd } = scales[2].columns[0];
    expect(cell(eye, 1, 'width')).toBeCloseTo((eyes.width[4] - mean) / sd, 5);
    expect([cell(eye, 1, 'depth'), cell(body, 1, 'iron')]).toEqual([undefined, undefined]);
    expect(inspection).toMatchObject({ subjects: 2, complete: 1 });
  });

  test('are accepted from a data set with other scales', async () => {
    const { dataset } = await read();
    file('blood.csv', csv(blood));
    const { dataset: other } = await read();
    const [, values] = rescale(dataset, other.modalities);
    expect(values.observed).toEqual(dataset.modalities[1].observed);
    const target = other.modalities[1];
    for (const [row, id] of dataset.ids.entries()) {
      const expected = cell(target, other.ids.indexOf(id), 'iron');
      const actual = cell({ ...target, ...values }, row, 'iron');
      if (cell(dataset.modalities[1], row, 'iron') === undefined) expect(actual).toBeUndefined();
      else expect(actual).toBeCloseTo(expected ?? NaN, 4);
    }
  });

  describe('as rows of JSON', () => {
    const options = { maxDeviations: 10, partial: true };
    const strict = { ...options, partial: false };
    const bloodOf = async (more = '') => (await read(study({ blood: more }))).dataset.modalities[1];

    test('have null for a missing value; with partial, absent columns are missing too', async () => {
      const scales = await bloodOf();
      const rows: Row[] = [{ blood: { iron: 3, sugar: null, fat: 2 } }, { blood: { fat: 2 } }, { eyes: { width: 1 } }];
      const { values, observed } = rowValues(rows, scales, options);
      expect([...observed!]).toEqual([1, 0, 1, 0, 0, 1, 0, 0, 0]);
      const { mean, sd } = scales.columns[0];
      expect(values[0]).toBeCloseTo((3 - mean) / sd, 5);
      expect([...values].filter((_, at) => observed![at] === 0)).toEqual(new Array(6).fill(0));
      expect(rowValues(rows.slice(0, 1), scales, strict).observed).toEqual(Uint8Array.of(1, 0, 1));
      expect(() => rowValues(rows.slice(1, 2), scales, strict)).toThrow(/lacks column 'iron'.*a missing value is null/);
      expect(() => rowValues(rows.slice(2), scales, strict)).toThrow(/lacks modality 'blood'.*partial: true/);
      expect(() => rowValues([{ blood: { irn: 1 } }], scales, options)).toThrow(/'irn' \(did you mean 'iron'/);
      expect(() => rowValues([{ blood: { iron: NaN } }], scales, options)).toThrow(/the value is NaN/);
    });

    test('need all or none of the values for a transform of whole rows', async () => {
      const counts = Object.fromEntries(Object.entries(blood).map(([name, values]) => [name, values.map(Math.abs)]));
      file('blood.csv', csv(counts));
      const scales = await bloodOf(', transform: clr');
      expect(rowValues([{ eyes: { width: 1 } }], scales, options).observed).toEqual(new Uint8Array(3));
      expect(() => rowValues([{ blood: { iron: 3, sugar: null, fat: 2 } }], scales, options)).toThrow(
        /rows\[0\]\.blood lacks sugar; .*give all of its values or none/,
      );
    });
  });
});

describe('a data set of a caller is refused with', () => {
  const built = (change: (modalities: Modality[]) => Modality[]) => async () => {
    const { dataset } = await read();
    checkDataset({ ...dataset, modalities: change([...dataset.modalities]) });
  };
  const hidden = (modality: Modality, hides: (at: number) => boolean): Modality => ({
    ...modality,
    values: modality.values.map((value, at) => (hides(at) ? 0 : value)),
    observed: Uint8Array.from(modality.values, (_, at) => (hides(at) ? 0 : (modality.observed?.[at] ?? 1))),
  });

  test('a subject without a value', async () => {
    const blind = built((modalities) => modalities.map((one) => hidden(one, (at) => at < one.columns.length)));
    await expect(blind()).rejects.toThrow(/ids\[0\] 'p00' has no observed value in any modality/);
  });

  test('a column without a value in the training split', async () => {
    const unseen = built(([first, ...rest]) => [hidden(first, (at) => at % 3 === 1), ...rest]);
    await expect(unseen()).rejects.toThrow(
      /modalities\[0\] \('sleep'\)\.columns\[1\] 'latency' is missing in the whole/,
    );
  });
});
