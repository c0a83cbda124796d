// Missing values and missing modalities: subjects of a study, their modalities, and warnings before a fit.

import { describe, expect, test } from '@jest/globals';
import { checkDataset } from '../../src/data/check.js';
import { patternsOf } from '../../src/data/presence.js';
import { missingnessChart } from '../../src/report/charts/missingness-chart.js';
import { missingnessMap } from '../../src/report/facts/missingness.js';
import { fitConfigFor } from '../../src/training/config.js';
import { fitWarnings } from '../../src/training/fit-warnings.js';
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
  type Columns,
} from '../fixtures/tables-with-holes.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

const files = scratch();
const { file } = files;
const read = readingTables(files);

describe('subjects', () => {
  test('are those of any modality: first in the order of the first modality, then new ones of the second', async () => {
    const { dataset, inspection } = await read();
    expect(dataset.ids).toEqual([...ids.slice(0, 50), ...ids.slice(50).reverse()]);
    const full = range(10, 50).filter((row) => row % 2 === 0 && row % 7 !== 3).length;
    expect(inspection).toMatchObject({
      missing: 'keep',
      known: 60,
      shared: 20,
      subjects: 60,
      complete: full,
      empty: 0,
    });
    expect(inspection.patterns).toEqual([
      { modalities: ['sleep', 'blood', 'eyes'], subjects: 20 },
      { modalities: ['sleep', 'blood'], subjects: 20 },
      { modalities: ['sleep', 'eyes'], subjects: 5 },
      { modalities: ['sleep'], subjects: 5 },
      { modalities: ['blood'], subjects: 5 },
      { modalities: ['blood', 'eyes'], subjects: 5 },
    ]);
    expect(inspection.modalities.map(({ absent, incomplete, missing }) => ({ absent, incomplete, missing }))).toEqual([
      { absent: 10, incomplete: 7, missing: [{ column: 'hours', subjects: 7 }] },
      { absent: 10, incomplete: 4, missing: [{ column: 'iron', subjects: 4 }] },
      { absent: 30, incomplete: 0, missing: [] },
    ]);
    expect(() => {
      checkDataset(dataset);
    }).not.toThrow();
  });

  test('have a map in the report with modalities and missing columns', async () => {
    const map = missingnessMap((await read()).inspection)!;
    expect(map.patterns).toEqual([20, 20, 5, 5, 5, 5]);
    const [asleep, bled, seen] = map.modalities;
    expect([asleep, bled, seen].map(({ having }) => having)).toEqual([
      [1, 1, 1, 1, 0, 0],
      [1, 1, 0, 0, 1, 1],
      [1, 0, 1, 0, 0, 1],
    ]);
    expect(asleep).toMatchObject({ name: 'sleep', share: 50 / 60 });
    expect(asleep.cells).toEqual([
      { share: 7 / 50, text: 'hours: 14 % missing' },
      { share: 0, text: 'latency: 0 % missing' },
      { share: 0, text: 'snore: 0 % missing' },
    ]);
    for (const width of [760, 300]) {
      const root = readXml(missingnessChart(map, width));
      const bars = findAll(root, 'rect').filter(({ children }) => children[0]?.text.includes('have sleep'));
      expect(bars.map(({ attributes }) => Number(attributes.width))).toEqual(
        map.patterns.map((subjects) => expect.closeTo((width * subjects) / 60 - 1, 1)),
      );
      expect(bars.map(({ attributes }) => attributes['fill-opacity'])).toEqual(['1', '1', '1', '1', '0', '0']);
      expect(findAll(root, 'title').map(({ text }) => text)).toContain('iron: 8 % missing');
    }
  });

  test('have no map if nothing is missing, and a map with grouped patterns and columns if there are many', async () => {
    for (const [name, columns] of Object.entries({ sleep, blood, eyes })) file(`${name}.csv`, csv(columns));
    const { inspection } = await read();
    expect(missingnessMap(inspection)).toBeUndefined();
    const patterns = range(1, 16).map((size) => ({
      modalities: size % 3 ? ['sleep', 'blood'] : ['blood'],
      subjects: 4,
    }));
    const [first, ...rest] = inspection.modalities;
    const columns = range(0, 250).map((c) => ({ ...first.columns[0], name: `c${c}` }));
    const wide = { ...first, columns, missing: [{ column: 'c4', subjects: 20 }] };
    const map = missingnessMap({ ...inspection, patterns, modalities: [wide, ...rest] })!;
    expect(map.patterns).toEqual([...Array<number>(12).fill(4), 12]);
    // Only the last of 13, 14 and 15 lacks sleep.
    expect(map.modalities[0].having.at(-1)).toBeCloseTo(2 / 3, 12);
    expect(map.modalities[0].cells).toHaveLength(84);
    // 20 of the 40 subjects with sleep lack one of three columns.
    expect(map.modalities[0].cells[1]).toEqual({
      share: 0.167,
      text: 'c4: 50 % missing, the maximum of 3 columns here',
    });
  });

  test('are only complete ones with missing: drop, as if other subjects were in no table', async () => {
    const { dataset, inspection } = await read(`missing: drop\n${study()}`);
    const complete = range(10, 50).filter((row) => row % 2 === 0 && row % 7 !== 3);
    expect(dataset.ids).toEqual(complete.map((row) => ids[row]));
    expect(dataset.modalities.every(({ observed }) => observed === undefined)).toBe(true);
    expect(inspection).toMatchObject({ missing: 'drop', known: 60, shared: 20, subjects: 17, complete: 17 });
    for (const [name, columns] of Object.entries({ sleep, blood, eyes })) file(`${name}.csv`, csv(columns, complete));
    expect((await read()).dataset.fingerprint).toBe(dataset.fingerprint);
  });

  test('without any value are left out and counted', async () => {
    const nobody = (row: number) => row === 5 || row === 58;
    const all = (columns: Columns) =>
      Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, lacking(values, nobody)]));
    for (const [name, columns] of Object.entries({ sleep, blood, eyes })) file(`${name}.csv`, csv(all(columns)));
    const { dataset, inspection } = await read();
    expect(inspection).toMatchObject({ known: 60, subjects: 58, empty: 2, complete: 58 });
    expect(dataset.ids).not.toContain('p05');
    expect(dataset.modalities.every(({ observed }) => observed === undefined)).toBe(true);
  });

  test('that where excludes are in no modality, and with repeats rows are measurements', async () => {
    file('blood.csv', csv({ ...blood, row: ids.map((_, row) => row) }));
    const left = (more: string) => read(study({ blood: `, columns: [iron, sugar, fat]${more}` }));
    const { inspection } = await left(', where: { row: { from: 20 } }');
    expect(inspection).toMatchObject({ known: 40, subjects: 40 });
    expect(inspection.modalities[1]).toMatchObject({ filtered: 20, absent: 0 });
    const measured = await left(', where: { row: { from: 20 } }, repeats: { minRows: 1 }');
    expect(measured.inspection).toMatchObject({ known: 60, subjects: 60 });
    expect(measured.inspection.modalities[1]).toMatchObject({ filtered: 20, absent: 20 });
  });

  test('need a group, which may be in any table', async () => {
    const people = ids.map((_, row) => `f${row % 30}`);
    const grouped = study().replace('id: id', 'id: id\ngroup: person');
    file('sleep.csv', csv({ ...sleep, person: people }, range(0, 50)));
    await expect(read(grouped)).rejects.toMatchObject({
      code: 'missing-group',
      message: expect.stringMatching(/id p59 has no 'person'.*every modality needs the column; or write missing: drop/),
    });
    file('blood.csv', csv({ ...blood, person: people }, range(10, SUBJECTS)));
    const { dataset } = await read(grouped);
    expect(dataset.groups).toEqual(people);
    const { train, validation, test: held } = dataset.split;
    const peopleIn = (rows: Int32Array) => new Set(Array.from(rows, (row) => people[row])).size;
    expect(peopleIn(train) + peopleIn(validation) + peopleIn(held)).toBe(30);
  });

  test('without a covariate are left out and counted, and slopes come from subjects with the column', async () => {
    const age = ids.map((_, row) => 20 + ((row * 37) % 50));
    file('ages.csv', csv({ age: lacking(age, (row) => row === 2 || row === 55) }));
    const { dataset, inspection } = await read(
      `adjust: { table: ages.csv, columns: [age], terms: linear }\n${study()}`,
    );
    expect(inspection).toMatchObject({ subjects: 58, adjusted: { columns: ['age'], lacking: 2 } });
    const [one] = dataset.modalities;
    const rows = Array.from(dataset.split.train).filter((row) => cell(one, row, 'hours') !== undefined);
    const x = rows.map((row) => age[ids.indexOf(dataset.ids[row])]);
    const y = rows.map((row) => sleep.hours[ids.indexOf(dataset.ids[row])]);
    const [mx, my] = [moments(x), moments(y)];
    const slope = x.reduce((sum, value, i) => sum + (value - mx.mean) * (y[i] - my.mean), 0) / x.length / mx.sd ** 2;
    const { sd } = one.covariates![0];
    expect(one.columns[0].slopes![0] / sd).toBeCloseTo(slope, 10);
  });
});

test('are counted by their pattern of modalities', () => {
  const present = [Uint8Array.of(1, 1, 0, 1), Uint8Array.of(0, 1, 1, 1)];
  expect(patternsOf(['a', 'b'], present)).toEqual([
    { modalities: ['a', 'b'], subjects: 2 },
    { modalities: ['a'], subjects: 1 },
    { modalities: ['b'], subjects: 1 },
  ]);
});

describe('a study is refused with', () => {
  const withTables = (tables: Readonly<Record<string, string>>, text = study()) => {
    return () => {
      for (const [name, content] of Object.entries(tables)) file(name, content);
      return read(text);
    };
  };
  const strangers = (columns: Columns, prefix: string) => csv(columns).replaceAll(/^p/gm, prefix);

  test('no subject with two modalities', async () => {
    const run = withTables({
      'sleep.csv': strangers(sleep, 'q'),
      'blood.csv': csv(blood),
      'eyes.csv': strangers(eyes, 'r'),
    });
    await expect(run()).rejects.toMatchObject({
      code: 'no-common-subjects',
      message: expect.stringMatching(/no id is in two modalities: sleep has q00/),
    });
  });

  test('a modality of too few subjects', async () => {
    await expect(withTables({ 'eyes.csv': csv(eyes, range(0, 8)) })()).rejects.toMatchObject({
      code: 'too-few-subjects',
      message: expect.stringMatching(/\d training and \d validation subjects have modality 'eyes'; at least 10 and 2/),
    });
  });

  test('too few subjects with two modalities', async () => {
    const run = withTables(
      { 'sleep.csv': csv(sleep, range(0, 34)), 'blood.csv': csv(blood, range(30, SUBJECTS)) },
      study().replace(/ {2}eyes.*\n/, ''),
    );
    await expect(run()).rejects.toMatchObject({
      code: 'too-few-subjects',
      message: expect.stringMatching(/\d training and \d validation subjects have two modalities or more/),
    });
  });

  test('an unknown word for the handling of missing values', async () => {
    await expect(read(`missing: impute\n${study()}`)).rejects.toMatchObject({
      code: 'invalid-study',
      message: expect.stringMatching(/missing must be one of keep, drop/),
    });
  });

  test('a subject whose only values are in excluded columns', async () => {
    const few = noise(9).map((value, row) => (row < 5 || row === 59 ? value : ''));
    const only = (columns: Columns) => csv(columns, range(0, 59));
    const run = withTables(
      {
        'sleep.csv': only(sleep),
        'blood.csv': only(blood),
        'eyes.csv': csv({
          width: lacking(eyes.width, (row) => row === 59),
          depth: lacking(eyes.depth, (row) => row === 59),
          few,
        }),
      },
      study({ eyes: ', constant: omit' }),
    );
    await expect(run()).rejects.toMatchObject({
      code: 'no-values',
      message: expect.stringMatching(/id p59 has values only in columns that were left out/),
    });
  });
});

describe('warnings before a fit', () => {
  test('name modalities and pairs of modalities of few subjects', async () => {
    file('eyes.csv', csv(eyes, range(40, SUBJECTS)));
    const { dataset, config } = await read(study().replace('id: id', 'id: id\nsplit: { validation: 0.15, seed: 3 }'));
    const settings = fitConfigFor(dataset, { ...config.training, sparsity: config.sparsity });
    const warnings = fitWarnings(dataset, settings).filter(({ code }) => code.startsWith('few-'));
    const texts = warnings.flatMap(({ items = [] }) => items).join('\n');
    const having = [...dataset.split.train].filter((row) => cell(dataset.modalities[2], row, 'width') !== undefined);
    expect(texts).toContain(`eyes: ${having.length} subjects`);
    expect(warnings.find(({ code }) => code === 'few-of-modality')!.text).toMatch(/^Too few of 45 .*: 45 are needed/);
    // All except ten have sleep, and all except ten have blood. Without eyes, this is the only pair.
    expect(texts).not.toContain('blood and eyes');
  });

  test('report differences between subjects with and without a modality in another one', async () => {
    file('sleep.csv', csv(sleep));
    file('blood.csv', csv(blood));
    file(
      'eyes.csv',
      csv(
        eyes,
        range(0, SUBJECTS).filter((row) => blood.iron[row] < 20),
      ),
    );
    const { dataset, config } = await read();
    const settings = fitConfigFor(dataset, { ...config.training, sparsity: config.sparsity });
    const warnings = fitWarnings(dataset, settings).filter(({ code }) => code === 'missing-depends-on-observed');
    expect(warnings).toHaveLength(1);
    expect(warnings[0].text).toMatch(/^Values are not missing completely at random: .* \(\d+ of \d+ tests/);
    expect(warnings[0].items).toContainEqual(
      expect.stringMatching(/^eyes: .* lack it differ in sleep \(p < 1e-10; snore is 1\.\d sd lower\); also in blood$/),
    );
  });
});
