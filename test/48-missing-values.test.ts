// Missing values and missing modalities: who is in a study, what its scales may look at, what stays missing on the way.

import { beforeEach, describe, expect, test } from '@jest/globals';
import { checkDataset } from '../src/data/check.js';
import type { Modality } from '../src/data/dataset.js';
import { patternsOf, presenceOf } from '../src/data/presence.js';
import { rescale } from '../src/data/rescale.js';
import type { Row } from '../src/data/row.js';
import { rowValues } from '../src/data/rows.js';
import { missingnessChart } from '../src/report/charts/missingness-chart.js';
import { missingnessMap } from '../src/report/facts/missingness.js';
import { readStudy } from '../src/study/study.js';
import { fitConfigFor } from '../src/training/config.js';
import { fitWarnings } from '../src/training/fit-warnings.js';
import { scratch } from './scratch.js';
import { findAll, readXml } from './xml-reader.js';

const { file } = scratch();

const SUBJECTS = 60;
const ids = Array.from({ length: SUBJECTS }, (_, i) => `p${String(i).padStart(2, '0')}`);
const noise = (seed: number) => ids.map((_, i) => Math.round(1000 * Math.sin(12.9898 * (i + 1) + 78.233 * seed)) / 10);

type Cell = string | number;
type Columns = Readonly<Record<string, readonly Cell[]>>;

function csv(columns: Columns, rows: readonly number[] = [...ids.keys()]): string {
  const names = ['id', ...Object.keys(columns)];
  return [names, ...rows.map((row) => [ids[row], ...Object.values(columns).map((values) => values[row])])]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');
}

const lacking = (values: readonly Cell[], lacks: (row: number) => boolean) =>
  values.map((value, row) => (lacks(row) ? '' : value));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

const sleep = { hours: noise(1), latency: noise(2), snore: noise(3) };
const blood = { iron: noise(4), sugar: noise(5), fat: noise(6) };
const eyes = { width: noise(7), depth: noise(8) };
const study = ({ sleep: s = '', blood: b = '', eyes: e = '' } = {}) => `study: holes
id: id
modalities:
  sleep: { table: sleep.csv, latents: 1${s} }
  blood: { table: blood.csv, latents: 1${b} }
  eyes: { table: eyes.csv, latents: 1${e} }
`;
const read = (text = study()) => readStudy(file('study.yaml', text));

/** Mean and standard deviation (n) of numbers, by their definition. */
function moments(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

/** Row, column → value, undefined where it is missing. */
const cell = ({ values, observed, columns }: Modality, row: number, name: string): number | undefined => {
  const at = row * columns.length + columns.findIndex((column) => column.name === name);
  return observed?.[at] === 0 ? undefined : values[at];
};

beforeEach(() => {
  // Sleep of the first 50, blood of all but the first ten, eyes of every other subject; some cells are empty.
  file('sleep.csv', csv({ ...sleep, hours: lacking(sleep.hours, (row) => row % 7 === 3) }, range(0, 50)));
  file('blood.csv', csv({ ...blood, iron: lacking(blood.iron, (row) => row > 55) }, range(10, SUBJECTS).reverse()));
  file(
    'eyes.csv',
    csv(
      eyes,
      range(0, SUBJECTS).filter((row) => row % 2 === 0),
    ),
  );
});

describe('subjects', () => {
  test('are those of any modality: in the order of the first, then those new in the second', async () => {
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

  test('have a map in the report: who has which modality, and which columns they lack', async () => {
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

  test('of whom nothing is missing have no map; patterns and columns of many stand together', async () => {
    for (const [name, columns] of Object.entries({ sleep, blood, eyes })) file(`${name}.csv`, csv(columns));
    const { inspection } = await read();
    expect(missingnessMap(inspection)).toBeUndefined();
    const patterns = range(1, 16).map((size) => ({
      modalities: size % 3 ? ['sleep', 'blood'] : ['blood'],
      subjects: 4,
    }));
    const [first, ...others] = inspection.modalities;
    const columns = range(0, 250).map((c) => ({ ...first.columns[0], name: `c${c}` }));
    const wide = { ...first, columns, missing: [{ column: 'c4', subjects: 20 }] };
    const map = missingnessMap({ ...inspection, patterns, modalities: [wide, ...others] })!;
    expect(map.patterns).toEqual([...Array<number>(12).fill(4), 12]);
    // Of 13, 14 and 15 the last one lacks sleep.
    expect(map.modalities[0].having.at(-1)).toBeCloseTo(2 / 3, 12);
    expect(map.modalities[0].cells).toHaveLength(84);
    // 20 of the 40 who have sleep, one of three columns.
    expect(map.modalities[0].cells[1]).toEqual({ share: 0.167, text: 'c4: 50 % missing, the most of 3 columns here' });
  });

  test('are, with missing: drop, those who lack nothing, as if the others were in no table', async () => {
    const { dataset, inspection } = await read(`missing: drop\n${study()}`);
    const complete = range(10, 50).filter((row) => row % 2 === 0 && row % 7 !== 3);
    expect(dataset.ids).toEqual(complete.map((row) => ids[row]));
    expect(dataset.modalities.every(({ observed }) => observed === undefined)).toBe(true);
    expect(inspection).toMatchObject({ missing: 'drop', known: 60, shared: 20, subjects: 17, complete: 17 });
    for (const [name, columns] of Object.entries({ sleep, blood, eyes })) file(`${name}.csv`, csv(columns, complete));
    expect((await read()).dataset.fingerprint).toBe(dataset.fingerprint);
  });

  test('who have no value at all are left out and counted', async () => {
    const nobody = (row: number) => row === 5 || row === 58;
    const all = (columns: Columns) =>
      Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, lacking(values, nobody)]));
    for (const [name, columns] of Object.entries({ sleep, blood, eyes })) file(`${name}.csv`, csv(all(columns)));
    const { dataset, inspection } = await read();
    expect(inspection).toMatchObject({ known: 60, subjects: 58, empty: 2, complete: 58 });
    expect(dataset.ids).not.toContain('p05');
    expect(dataset.modalities.every(({ observed }) => observed === undefined)).toBe(true);
  });

  test('that where leaves out are in no modality; with repeats rows are measurements', async () => {
    file('blood.csv', csv({ ...blood, row: ids.map((_, row) => row) }));
    const left = (more: string) => read(study({ blood: `, columns: [iron, sugar, fat]${more}` }));
    const { inspection } = await left(', where: { row: { from: 20 } }');
    expect(inspection).toMatchObject({ known: 40, subjects: 40 });
    expect(inspection.modalities[1]).toMatchObject({ filtered: 20, absent: 0 });
    const measured = await left(', where: { row: { from: 20 } }, repeats: { least: 1 }');
    expect(measured.inspection).toMatchObject({ known: 60, subjects: 60 });
    expect(measured.inspection.modalities[1]).toMatchObject({ filtered: 20, absent: 20 });
  });

  test('need a group, wherever it stands', async () => {
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

  test('who lack a covariate are left out and counted; slopes come from those who have the column', async () => {
    const age = ids.map((_, row) => 20 + ((row * 37) % 50));
    file('ages.csv', csv({ age: lacking(age, (row) => row === 2 || row === 55) }));
    const { dataset, inspection } = await read(`adjust: { table: ages.csv, columns: [age] }\n${study()}`);
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

describe('values', () => {
  test('are standardised by the observed ones of the training part; what is missing is 0 and marked', async () => {
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

  test('are read the same way whatever the empty cells are called', async () => {
    const { dataset } = await read();
    const coded = lacking(sleep.hours, (row) => row % 7 === 3).map((value) => (value === '' ? -9 : value));
    file('sleep.csv', csv({ ...sleep, hours: coded }, range(0, 50)));
    const again = await read(study({ sleep: ', missing: { hours: [-9] }' }));
    expect(again.dataset.fingerprint).toBe(dataset.fingerprint);
  });

  test.each(['log1p', 'arcsinh', 'rank', 'cpm', 'clr'])(
    '%s: the observed ones are as without the others',
    async (kind) => {
      const counts = (seed: number) => noise(seed).map((value) => Math.round(Math.abs(value) * 3) + 1);
      const table = { a: counts(11), b: counts(12), c: counts(13) };
      const transformed = study({ blood: `, transform: ${kind}, winsorise: 0.1, filter: { top: 2 }` });
      const rows = range(10, SUBJECTS);
      file('blood.csv', csv(table, rows));
      const { dataset } = await read(transformed);
      // The same study with rows that say nothing: they change no scale.
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
    '%s needs whole rows: a subject with a gap counts as without the modality',
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

  test('maxMissing is a share of those who have the modality', async () => {
    // 4 of the 50 with blood lack iron: 8 %.
    const left = async (most: number) =>
      (await read(study({ blood: `, maxMissing: ${most}` }))).inspection.modalities[1].leftOut.missing;
    expect(await left(0.07)).toEqual(['iron']);
    expect(await left(0.08)).toEqual([]);
  });

  test('winsorise, outliers and duplicates look at observed values alone', async () => {
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

  test('a column with few values in the training part is an error, or left out', async () => {
    const few = lacking(noise(9), (row) => row > 6);
    file('eyes.csv', csv({ ...eyes, few }));
    const { inspection } = await read(study({ eyes: ', constant: omit' }));
    expect(inspection.modalities[2].leftOut).toEqual({ constant: [], few: ['few'], missing: [], filtered: [] });
    await expect(read()).rejects.toMatchObject({ code: 'too-few-values', details: { columns: ['few'] } });
  });
});

describe('new subjects of a fitted model', () => {
  test('keep what is missing, by the scales of the model', async () => {
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

  test('of a data set in its own units', async () => {
    const { dataset } = await read();
    file('blood.csv', csv(blood));
    const { dataset: other } = await read();
    const [, values] = rescale(dataset, other.modalities);
    expect(values.observed).toEqual(dataset.modalities[1].observed);
    const target = other.modalities[1];
    for (const [row, id] of dataset.ids.entries()) {
      const expected = cell(target, other.ids.indexOf(id), 'iron');
      const found = cell({ ...target, ...values }, row, 'iron');
      if (cell(dataset.modalities[1], row, 'iron') === undefined) expect(found).toBeUndefined();
      else expect(found).toBeCloseTo(expected ?? NaN, 4);
    }
  });

  describe('as rows of JSON', () => {
    const options = { maxDeviations: 10, partial: true };
    const strict = { ...options, partial: false };
    const bloodOf = async (more = '') => (await read(study({ blood: more }))).dataset.modalities[1];

    test('null is a missing value; with partial so is what a row does not have', async () => {
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

    test('a transform of whole rows takes all of its values or none', async () => {
      const counts = Object.fromEntries(Object.entries(blood).map(([name, values]) => [name, values.map(Math.abs)]));
      file('blood.csv', csv(counts));
      const scales = await bloodOf(', transform: clr');
      expect(rowValues([{ eyes: { width: 1 } }], scales, options).observed).toEqual(new Uint8Array(3));
      expect(() => rowValues([{ blood: { iron: 3, sugar: null, fat: 2 } }], scales, options)).toThrow(
        /rows\[0\]\.blood lacks sugar; .*give all of its values, or none/,
      );
    });
  });
});

test('patterns count subjects by what they have', () => {
  const present = [Uint8Array.of(1, 1, 0, 1), Uint8Array.of(0, 1, 1, 1)];
  expect(patternsOf(['a', 'b'], present)).toEqual([
    { modalities: ['a', 'b'], subjects: 2 },
    { modalities: ['a'], subjects: 1 },
    { modalities: ['b'], subjects: 1 },
  ]);
});

describe('what is refused', () => {
  const withTables = (tables: Readonly<Record<string, string>>, text = study()) => {
    return () => {
      for (const [name, content] of Object.entries(tables)) file(name, content);
      return read(text);
    };
  };
  const strangers = (columns: Columns, prefix: string) => csv(columns).replaceAll(/^p/gm, prefix);

  test('nobody with two modalities', async () => {
    const run = withTables({
      'sleep.csv': strangers(sleep, 'q'),
      'blood.csv': csv(blood),
      'eyes.csv': strangers(eyes, 'r'),
    });
    await expect(run()).rejects.toMatchObject({
      code: 'no-common-subjects',
      message: expect.stringMatching(/no id stands in two modalities: sleep has q00/),
    });
  });

  test('a modality that too few have', async () => {
    await expect(withTables({ 'eyes.csv': csv(eyes, range(0, 8)) })()).rejects.toMatchObject({
      code: 'too-few-subjects',
      message: expect.stringMatching(/\d training and \d validation subjects have modality 'eyes'; at least 10 and 2/),
    });
  });

  test('too few who have two modalities', async () => {
    const run = withTables(
      { 'sleep.csv': csv(sleep, range(0, 34)), 'blood.csv': csv(blood, range(30, SUBJECTS)) },
      study().replace(/ {2}eyes.*\n/, ''),
    );
    await expect(run()).rejects.toMatchObject({
      code: 'too-few-subjects',
      message: expect.stringMatching(/\d training and \d validation subjects have two modalities or more/),
    });
  });

  test('another word for what to do with missing values', async () => {
    await expect(read(`missing: impute\n${study()}`)).rejects.toMatchObject({
      code: 'invalid-study',
      message: expect.stringMatching(/missing must be one of keep, drop/),
    });
  });

  test('a subject whose only values are in columns that are left out', async () => {
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
  test('name modalities that few have, and pairs that few have together', async () => {
    file('eyes.csv', csv(eyes, range(40, SUBJECTS)));
    const { dataset, config } = await read(study().replace('id: id', 'id: id\nsplit: { validation: 0.15, seed: 3 }'));
    const settings = fitConfigFor(dataset, { ...config.training, sparsity: config.sparsity });
    const told = fitWarnings(dataset, settings).filter(({ code }) => code.startsWith('few-'));
    const texts = told.map(({ text }) => text).join('\n');
    const having = [...dataset.split.train].filter((row) => cell(dataset.modalities[2], row, 'width') !== undefined);
    expect(texts).toContain(`eyes: only ${having.length} of 45 training subjects have it`);
    // All but ten have sleep, all but ten blood; with eyes excused, the only pair is theirs.
    expect(texts).not.toContain('blood and eyes');
  });

  test('say where those who lack a modality differ in another', async () => {
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
    const told = fitWarnings(dataset, settings).filter(({ code }) => code === 'missing-not-at-random');
    expect(told.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^eyes: subjects who lack it differ in blood \(p \S+; iron is 1\.\d sd higher\)/),
    );
  });
});

describe('data sets built by a caller', () => {
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

  test('a column without one in the training part', async () => {
    const unseen = built(([first, ...rest]) => [hidden(first, (at) => at % 3 === 1), ...rest]);
    await expect(unseen()).rejects.toThrow(
      /modalities\[0\] \('sleep'\)\.columns\[1\] 'latency' is missing in the whole/,
    );
  });
});
