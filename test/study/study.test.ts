// Study files: values that are read, subjects and columns that are dropped, and the data that standardisation uses.

import { beforeEach, describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import type { ColumnScale, Dataset } from '../../src/data/dataset.js';
import { rescale } from '../../src/data/rescale.js';
import { splitSubjects } from '../../src/data/split.js';
import { LOG_SKEWNESS } from '../../src/data/standardise.js';
import { readStudy } from '../../src/study/study.js';
import { writeTable } from '../../src/files/read-table.js';
import { rawValues } from './raw-values.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();

const SUBJECTS = 60;
const ids = Array.from({ length: SUBJECTS }, (_, i) => `p${String(i).padStart(2, '0')}`);
/** Returns a column without structure, different for every seed. */
const noise = (seed: number) => ids.map((_, i) => Math.round(1000 * Math.sin(12.9898 * (i + 1) + 78.233 * seed)) / 10);

function csv(columns: Record<string, readonly (string | number)[]>): string {
  const names = Object.keys(columns);
  const rows = columns[names[0]].map((_, row) => names.map((name) => columns[name][row]).join(','));
  return `${names.join(',')}\n${rows.join('\n')}\n`;
}

const sleep = { id: ids, hours: noise(1), latency: noise(2), snore: noise(3) };
const blood = { id: ids, iron: noise(4), sugar: noise(5), fat: noise(6) };
const plain = (more = '') => `study: small
id: id
modalities:
  sleep: { table: sleep.csv, latents: 2 }
  blood: { table: blood.csv, latents: 1${more} }
`;

beforeEach(() => {
  file('sleep.csv', csv(sleep));
  file('blood.csv', csv(blood));
});

const read = (text: string, name = 'study.yaml') => readStudy(file(name, text));

describe('reading', () => {
  test('returns modalities, columns and subjects in order, and all defaults', async () => {
    const { name, config, dataset } = await read(plain());
    expect(name).toBe('small');
    expect(dataset.ids).toEqual(ids);
    expect(dataset.modalities.map((m) => [m.name, m.latents, m.exogenous, m.columns.map((c) => c.name)])).toEqual([
      ['sleep', 2, 1, ['hours', 'latency', 'snore']],
      ['blood', 1, 1, ['iron', 'sugar', 'fat']],
    ]);
    expect(config.split).toEqual({ validation: 0.1, test: 0.1, seed: 0 });
    expect(config.training).toMatchObject({ componentRestarts: 64, hidden: 64, flow: 'mixture' });
    rawValues(dataset, 'blood', 'sugar').forEach((value, i) => {
      expect(value).toBeCloseTo(blood.sugar[i], 4);
    });
  });

  test('gives the same result for JSON as for YAML', async () => {
    const json = {
      study: 'small',
      id: 'id',
      modalities: { sleep: { table: 'sleep.csv', latents: 2 }, blood: { table: 'blood.csv', latents: 1 } },
    };
    const fromYaml = await read(plain());
    const fromJson = await read(JSON.stringify(json, undefined, '\t'), 'study.json');
    expect(fromJson.config).toEqual(fromYaml.config);
    expect(fromJson.dataset.fingerprint).toBe(fromYaml.dataset.fingerprint);
  });

  test('gives the same data set for every format of tables', async () => {
    const { dataset } = await read(plain());
    const columns = Object.entries(blood).map(([name, values]) => ({
      name,
      values: name === 'id' ? ids : Float64Array.from(values as number[]),
    }));
    file('blood.csv.gz', gzipSync(csv(blood)));
    for (const extension of ['csv.gz', 'parquet', 'npz']) {
      if (extension !== 'csv.gz') await writeTable(file(`blood.${extension}`), columns);
      const other = await read(plain().replace('blood.csv', `blood.${extension}`));
      expect(other.dataset.fingerprint).toBe(dataset.fingerprint);
    }
  });

  test('reports the files that were read, and the columns that were standardised', async () => {
    const reported: string[] = [];
    await readStudy(file('study.yaml', plain()), {
      onProgress: ({ modality, step, done, total }) => reported.push(`${step} of ${modality}: ${done}/${total}`),
    });
    const upTo = (count: number, name: string) =>
      Array.from({ length: count + 1 }, (_, done) => `${name}: ${done}/${count}`);
    expect(reported).toEqual([
      ...upTo(1, 'files of sleep'),
      ...upTo(1, 'files of blood'),
      ...upTo(3, 'columns of sleep'),
      ...upTo(3, 'columns of blood'),
    ]);
  });

  test('stacks lists and joins lists of lists on the id, independently of the order of rows', async () => {
    const part = (from: number, to: number, names: (keyof typeof blood)[]) =>
      csv(Object.fromEntries(names.map((name) => [name, blood[name].slice(from, to)])));
    file('a1.csv', part(0, 20, ['id', 'iron', 'sugar']));
    file('a2.csv', part(20, SUBJECTS, ['sugar', 'iron', 'id']));
    file('b1.csv', part(30, SUBJECTS, ['id', 'fat']));
    file('b2.csv', part(0, 30, ['id', 'fat']));
    const { dataset } = await read(plain());
    const joined = await read(plain().replace('blood.csv', '[[a1.csv, a2.csv], [b1.csv, b2.csv]]'));
    expect(joined.dataset.fingerprint).toBe(dataset.fingerprint);
    const report = joined.inspection.modalities[1];
    expect(report.tables.map((stack) => stack.map(({ rows }) => rows))).toEqual([
      [20, 40],
      [30, 30],
    ]);
    expect([report.stacked, report.joined]).toEqual([[60, 60], 60]);
  });

  test('selects and orders by columns, leaves out by omit, and names columns without a number', async () => {
    file('blood.csv', csv({ ...blood, city: ids.map(() => 'Kassel') }));
    const picked = await read(plain(', columns: [fat, iron]'));
    expect(picked.dataset.modalities[1].columns.map(({ name }) => name)).toEqual(['fat', 'iron']);
    const omitted = await read(plain(', omit: [sugar]'));
    expect(omitted.dataset.modalities[1].columns.map(({ name }) => name)).toEqual(['iron', 'fat']);
    expect(omitted.inspection.modalities[1].textColumns).toEqual(['city']);
  });

  test('expands variables in paths', async () => {
    const text = plain().replace('blood.csv', '"${PLACE:-nowhere}/blood.csv"');
    const study = await readStudy(file('study.yaml', text), { environment: { PLACE: folder } });
    expect(study.dataset.ids).toHaveLength(SUBJECTS);
    await expect(readStudy(file('study.yaml', text), { environment: {} })).rejects.toMatchObject({
      code: 'missing-file',
    });
    file('nowhere/blood.csv', csv(blood));
    expect((await readStudy(file('study.yaml', text), { environment: { PLACE: '' } })).dataset.ids).toHaveLength(
      SUBJECTS,
    );
  });
});

test('columns and variables may have the names of properties of every object', async () => {
  const [constructor, toString, valueOf] = [noise(7), noise(8), noise(9)];
  file('blood.csv', csv({ id: ids, constructor, toString, valueOf }));
  const { dataset } = await read(plain(', missing: { valueOf: [-99] }'));
  expect(dataset.modalities[1].columns.map(({ name }) => name)).toEqual(['constructor', 'toString', 'valueOf']);
  rawValues(dataset, 'blood', 'constructor').forEach((value, i) => {
    expect(value).toBeCloseTo(constructor[i], 4);
  });
  const text = plain().replace('blood.csv', '"${constructor}/blood.csv"');
  await expect(readStudy(file('study.yaml', text), { environment: {} })).rejects.toMatchObject({
    code: 'undefined-variable',
  });
});

describe('subjects that are dropped', () => {
  test('are counted by reason', async () => {
    const gaps: (string | number)[] = [...blood.iron];
    gaps[3] = '';
    gaps[4] = 'NA';
    gaps[5] = 77;
    const sugar: (string | number)[] = [...blood.sugar];
    sugar[5] = '.';
    const without = (values: readonly (string | number)[]) => values.filter((_, i) => i !== 9);
    file('blood.csv', csv({ id: without(ids), iron: without(gaps), sugar: without(sugar), fat: without(blood.fat) }));
    const { dataset, inspection } = await read(`missing: drop\n${plain(', missing: { iron: [77] }')}`);
    expect(inspection).toMatchObject({ missing: 'drop', known: 60, shared: 59, subjects: 56 });
    expect(inspection.modalities[0]).toMatchObject({ absent: 0, incomplete: 0, missing: [] });
    expect(inspection.modalities[1]).toMatchObject({
      absent: 1,
      incomplete: 3,
      missing: [
        { column: 'iron', subjects: 3 },
        { column: 'sugar', subjects: 1 },
      ],
    });
    expect(dataset.ids).toEqual(ids.filter((_, i) => ![3, 4, 5, 9].includes(i)));
    rawValues(dataset, 'blood', 'fat').forEach((value, i) => {
      expect(value).toBeCloseTo(blood.fat[ids.indexOf(dataset.ids[i])], 4);
    });
  });

  test('and columns with the same information are reported', async () => {
    file(
      'blood.csv',
      csv({ ...blood, ironSi: blood.iron.map((value) => 0.179 * value), less: blood.fat.map((v) => -v) }),
    );
    const { inspection } = await read(plain());
    expect(inspection.modalities[0].duplicates).toEqual([]);
    expect(inspection.modalities[1].duplicates).toEqual([
      ['iron', 'ironSi'],
      ['fat', 'less'],
    ]);
  });
});

describe('splits', () => {
  test('are disjoint, contain all subjects, and have the requested sizes', async () => {
    const { dataset } = await read(`${plain()}split: { validation: 7, test: 0.25, seed: 5 }\n`);
    const { train, validation, test: held } = dataset.split;
    expect([train.length, validation.length, held.length]).toEqual([38, 7, 15]);
    expect([...train, ...validation, ...held].sort((a, b) => a - b)).toEqual(ids.map((_, i) => i));
  });

  test('depend on the seed and not on the order of rows', () => {
    const config = { validation: 0.2, test: 0.2, seed: 1 };
    const named = (order: readonly string[], seed: number) =>
      Array.from(splitSubjects(order, { ...config, seed }).test, (row) => order[row]).sort();
    const reversed = [...ids].reverse();
    expect(named(reversed, 1)).toEqual(named(ids, 1));
    expect(named(ids, 2)).not.toEqual(named(ids, 1));
  });

  test('hold out every subject with the same probability', () => {
    const counts = new Map(ids.map((id) => [id, 0]));
    const draws = 2000;
    for (let seed = 0; seed < draws; seed++) {
      for (const row of splitSubjects(ids, { validation: 0.1, test: 0.25, seed }).test) {
        counts.set(ids[row], (counts.get(ids[row]) ?? 0) + 1);
      }
    }
    // The count is Binomial(2000, 1/4), whose standard deviation is 19.4; the tolerance is five of them.
    for (const count of counts.values()) expect(Math.abs(count - draws / 4)).toBeLessThan(97);
  });
});

describe('standardisation', () => {
  test('gives mean 0 and sd 1 on the training split', async () => {
    const { dataset } = await read(plain());
    const { columns, values } = dataset.modalities[0];
    for (const at of columns.keys()) {
      const rows = Array.from(dataset.split.train, (row) => values[row * columns.length + at]);
      const mean = rows.reduce((a, b) => a + b) / rows.length;
      const variance = rows.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows.length;
      expect(mean).toBeCloseTo(0, 6);
      expect(variance).toBeCloseTo(1, 6);
    }
  });

  test('depends on the training split only', async () => {
    const { dataset } = await read(plain(', log: true'));
    const changed = [...blood.iron];
    for (const row of [...dataset.split.validation, ...dataset.split.test]) changed[row] = 1e6 + row;
    file('blood.csv', csv({ ...blood, iron: changed }));
    const other = await read(plain(', log: true'));
    expect(other.dataset.modalities[1].columns).toEqual(dataset.modalities[1].columns);
    expect(other.dataset.fingerprint).not.toBe(dataset.fingerprint);
  });

  test('takes the logarithm of skewed positive columns only, with log: true', async () => {
    const skewed = blood.iron.map((value) => Math.exp(value / 40));
    const negative = skewed.map((value) => value - 1);
    file('blood.csv', csv({ id: ids, skewed, negative, even: blood.fat.map((value) => value + 200) }));
    const { dataset, inspection } = await read(plain(', log: true'));
    expect(dataset.modalities[1].columns.map(({ log }) => log)).toEqual([true, false, false]);
    const report = inspection.modalities[1].columns[0];
    expect(report.skewness).toBeGreaterThan(LOG_SKEWNESS);
    const { train } = dataset.split;
    const mean = Array.from(train, (row) => Math.log(skewed[row])).reduce((a, b) => a + b) / train.length;
    expect(dataset.modalities[1].columns[0].mean).toBeCloseTo(mean, 10);
  });

  test('adds half of the smallest positive value to a listed column with zeros before the logarithm', async () => {
    const counts = blood.iron.map((value) => Math.max(0, Math.round(value / 10)));
    file('blood.csv', csv({ ...blood, iron: counts }));
    const { dataset } = await read(plain(', log: [iron]'));
    expect(dataset.modalities[1].columns[0]).toMatchObject({ log: true, offset: 0.5 });
    rawValues(dataset, 'blood', 'iron').forEach((value, i) => {
      expect(value).toBeCloseTo(counts[i], 3);
    });
  });
});

describe('new subjects for a fitted model', () => {
  test('are encoded with the scales of the model, and columns are matched by name', async () => {
    const { dataset } = await read(plain());
    file('sleep.csv', csv({ snore: [3], id: ['new'], other: ['x'], latency: [2], hours: [1] }));
    file('blood.csv', csv({ id: ['new'], fat: [6], sugar: [5], iron: [4] }));
    const study = await readStudy(file('study.yaml', plain()), { scales: dataset.modalities });
    expect(study.dataset.ids).toEqual(['new']);
    const { columns } = dataset.modalities[0];
    const expected = columns.map(({ mean, sd }, i) => Math.fround(([1, 2, 3][i] - mean) / sd));
    expect(Array.from(study.dataset.modalities[0].values)).toEqual(expected);
  });

  test('have the values of the fit if they are the fitted study', async () => {
    const { dataset } = await read(plain(', log: true'));
    const again = await readStudy(file('study.yaml', plain(', log: true')), { scales: dataset.modalities });
    expect(again.dataset.fingerprint).toBe(dataset.fingerprint);
  });

  test('have modalities in the order of the model, even if the names look like positions', async () => {
    const { dataset } = await read(plain());
    const named = (order: readonly number[]) =>
      order.map((i) => ({ name: ['9', '1'][i], columns: dataset.modalities[i].columns }));
    const renamed: Dataset = {
      ...dataset,
      modalities: dataset.modalities.map((modality, i) => ({ ...modality, name: ['9', '1'][i] })),
    };
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      expect(rescale(renamed, named(order))).toEqual(order.map((i) => ({ values: dataset.modalities[i].values })));
    }
    const [sleepScales, bloodScales] = dataset.modalities;
    const again = await readStudy(file('study.yaml', plain()), { scales: [bloodScales, sleepScales] });
    expect(again.dataset.modalities.map(({ name }) => name)).toEqual(['blood', 'sleep']);
  });

  test('without a modality, a column or the logarithm of a value are an error that names it', async () => {
    file('blood.csv', csv({ ...blood, iron: blood.iron.map((value) => value + 200) }));
    const { dataset } = await read(plain(', log: [iron]'));
    const [sleepScales, bloodScales] = dataset.modalities.map(({ columns }) => columns);
    const again = (name: string, columns: readonly ColumnScale[]) =>
      readStudy(file('study.yaml', plain()), { scales: [{ name, columns }] });
    await expect(again('sleeep', sleepScales)).rejects.toThrow(/'sleeep' \(did you mean 'sleep'\?\)/);
    await expect(again('sleep', bloodScales)).rejects.toMatchObject({ code: 'missing-column' });
    file('blood.csv', csv({ ...blood, iron: blood.iron.map(() => -1) }));
    await expect(again('blood', bloodScales)).rejects.toMatchObject({ code: 'log-domain' });
  });
});

describe('an encoded value that is not finite in single precision is an error that names the subject', () => {
  const scale = (name: string, more: Partial<ColumnScale> = {}): ColumnScale => ({
    name,
    log: false,
    offset: 0,
    mean: 0,
    sd: 1,
    ...more,
  });
  const problem = (code: string, value: RegExp) => ({
    code,
    message: expect.stringMatching(new RegExp(`modality 'blood', column 'iron', subject p0?1: .*${value.source}`)),
    details: { modality: 'blood', column: 'iron', subject: expect.stringMatching(/^p0?1$/) },
  });
  test('in a study that is read', async () => {
    const scales = [
      { name: 'sleep', columns: [scale('hours')] },
      { name: 'blood', columns: [scale('sugar'), scale('iron', { log: true })] },
    ];
    const again = (iron: number, columns = scales) => {
      file('blood.csv', csv({ ...blood, iron: blood.iron.map((_, i) => (i === 1 ? iron : 3)) }));
      return readStudy(file('study.yaml', plain()), { scales: columns });
    };
    await expect(again(-1)).rejects.toMatchObject(problem('log-domain', /-1 has no logarithm; correct/));
    const plainly = [scales[0], { name: 'blood', columns: [scale('iron')] }];
    await expect(again(-1e39, plainly)).rejects.toMatchObject(
      problem('too-wide-range', /-1e\+39 .*precision; correct/),
    );
    // The largest single-precision number is accepted.
    const largest = (await again(3.4028234663852886e38, plainly)).dataset.modalities[1].values[1];
    expect(largest).toBe(3.4028234663852886e38);
  });

  test('in a data set in other units', () => {
    const dataset = (value: number, columns: readonly ColumnScale[]): Dataset => ({
      ids: ['p0', 'p1'],
      modalities: [{ name: 'blood', columns, values: Float32Array.of(0, value), latents: 1, exogenous: 1 }],
      split: { train: Int32Array.of(0), validation: Int32Array.of(1), test: Int32Array.of() },
      fingerprint: '',
    });
    const encode = (value: number, from: ColumnScale, to: ColumnScale) => () =>
      rescale(dataset(value, [from]), [{ name: 'blood', columns: [to] }]);
    const [linear, logged] = [scale('iron'), scale('iron', { log: true, offset: 1 })];
    const refuses = (call: () => unknown, code: string, value: RegExp) => {
      expect(call).toThrow(expect.objectContaining(problem(code, value)));
    };
    refuses(encode(-2, linear, logged), 'log-domain', /-2 has no logarithm/);
    refuses(encode(2, linear, scale('iron', { sd: 1e-39 })), 'too-wide-range', /2 is too far/);
    refuses(encode(NaN, linear, scale('iron', { sd: 2 })), 'not-finite', /the value is NaN/);
    refuses(encode(Infinity, linear, linear), 'not-finite', /the value is Infinity/);
    expect(encode(3, linear, logged)()).toEqual([{ values: Float32Array.of(0, Math.log(4)) }]);
  });
});
