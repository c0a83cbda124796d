// Counts and wide tables: transforms with constants of the training split, removal of columns, and winsorising. A
// fitted model prepares new subjects in the same way.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { scalesOf, type ModalityScales } from '../../src/data/dataset.js';
import { fitRanks, rankScore, valueOfScore } from '../../src/data/ranks.js';
import { rescale } from '../../src/data/rescale.js';
import { rowValues } from '../../src/data/rows.js';
import { columnTransform, fitTransform, untransformed, type TransformChoice } from '../../src/data/transform.js';
import { normalQuantile } from '../../src/graph/special.js';
import { readStudy } from '../../src/study/study.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { scalesSchema } from '../../src/training/scales-schema.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();

interface Golden extends Record<'counts' | 'cpm' | 'clr' | 'rank' | 'log1p' | 'arcsinh', readonly number[][]> {
  readonly train: number;
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/transforms.json'), 'utf8')) as Golden;

const SUBJECTS = 60;
const ids = Array.from({ length: SUBJECTS }, (_, i) => `p${String(i).padStart(2, '0')}`);
const noise = (seed: number) => ids.map((_, i) => Math.round(1000 * Math.sin(12.9898 * (i + 1) + 78.233 * seed)) / 10);
/** Counts around `level`, in libraries of different sizes. */
const counts = (seed: number, level: number) =>
  noise(seed).map((value, i) => Math.round((level + (level * value) / 150) * (1 + (i % 5) / 2)));

type Cell = string | number;
type Columns = Readonly<Record<string, readonly Cell[]>>;

function csv(columns: Columns): string {
  const names = Object.keys(columns);
  const rows = columns[names[0]].map((_, row) => names.map((name) => columns[name][row]).join(','));
  return `${names.join(',')}\n${rows.join('\n')}\n`;
}

const genes: Columns = {
  id: ids,
  g1: counts(11, 3),
  g2: counts(12, 300),
  g3: counts(13, 40),
  g4: counts(14, 2000),
  g5: counts(15, 8),
};
const clinic: Columns = { id: ids, iron: noise(4), sugar: noise(5), fat: noise(6) };

const study = (keys: string, more = '') => `study: counts
id: id
modalities:
  rna: { table: rna.csv, latents: 1${keys} }
  clinic: { table: clinic.csv, latents: 1${more} }
`;
const read = (text: string, scales?: readonly ModalityScales[]) =>
  readStudy(file('study.yaml', text), { ...(scales && { scales }) });
/** Values after a round trip through run.json. */
const restored = (scales: readonly ModalityScales[]): ModalityScales[] =>
  scales.map((one) => scalesSchema.parse(JSON.parse(JSON.stringify(scalesOf(one)))));
const namesOf = ({ columns }: ModalityScales) => columns.map(({ name }) => name);

beforeEach(() => {
  file('rna.csv', csv(genes));
  file('clinic.csv', csv(clinic));
});

describe('transforms', () => {
  const names = golden.counts[0].map((_, c) => `g${c}`);
  const column = (name: string) => Float64Array.from(golden.counts, (row) => row[Number(name.slice(1))]);
  const raw = { modality: 'rna', ids: golden.counts.map((_, row) => `s${row}`), names, column };
  const train = Int32Array.from({ length: golden.train }, (_, row) => row);

  const choices: readonly TransformChoice[] = [
    { kind: 'cpm' },
    { kind: 'clr' },
    { kind: 'rank' },
    { kind: 'log1p' },
    { kind: 'arcsinh', cofactor: 5 },
  ];

  test.each(choices.map((choice) => [choice.kind, choice] as const))('%s equals NumPy and SciPy', (kind, choice) => {
    const transform = fitTransform(choice, raw, train);
    const columns = names.map((name) => ({ name, ranks: fitRanks(column(name), train) }));
    for (const [c, values] of columns.map(columnTransform(transform, raw)).entries()) {
      values.forEach((value, row) => {
        expect(value).toBeCloseTo(golden[kind][row][c], 10);
      });
    }
    // With some of the columns of a row, the transform still uses the whole row.
    const last = columnTransform(transform, raw)(columns.at(-1)!);
    expect(last[0]).toBeCloseTo(golden[kind][0].at(-1)!, 10);
  });

  test('are inverted for values that have a unit without the row', () => {
    for (const choice of choices) {
      const transform = fitTransform(choice, raw, train);
      const ranks = fitRanks(column('g3'), train);
      const values = columnTransform(transform, raw)({ name: 'g3', ranks });
      for (const row of train) {
        const back = untransformed(transform, { ranks }, values[row]);
        expect(back).toBeCloseTo('over' in transform ? values[row] : golden.counts[row][3], 8);
      }
    }
  });

  test('rank stores 256 quantiles of a long column and has the exact scores of its minimum and maximum', () => {
    const values = Float64Array.from({ length: 5000 }, (_, i) => ((i * 2711) % 5000) ** 2);
    const ranks = fitRanks(values, Int32Array.from(values.keys()));
    expect(ranks.quantiles).toHaveLength(256);
    expect(rankScore(ranks, -1)).toBe(normalQuantile(0.625 / 5000.25));
    expect(rankScore(ranks, 1e9)).toBe(normalQuantile(4999.625 / 5000.25));
    for (const rank of [1, 100, 2500, 4800]) {
      const exact = normalQuantile((rank - 0.375) / 5000.25);
      expect(Math.abs(rankScore(ranks, (rank - 1) ** 2) - exact)).toBeLessThan(0.02);
    }
    expect(valueOfScore(ranks, rankScore(ranks, 1e6)) / 1e6).toBeCloseTo(1, 4);
  });

  test('rank gives equal values the mean of their ranks, and interpolates between training values', () => {
    const values = Float64Array.of(0, 0, 0, 1, 5);
    const ranks = fitRanks(values, Int32Array.of(0, 1, 2, 3, 4));
    const blom = (rank: number) => normalQuantile((rank - 0.375) / 5.25);
    expect([0, 1, 5, 3].map((value) => rankScore(ranks, value))).toEqual([blom(2), blom(4), blom(5), blom(4.5)]);
  });
});

describe('a study with a transform', () => {
  test.each([
    ['cpm', 'cpm'],
    ['clr', 'clr'],
    ['rank', 'rank'],
    ['log1p', 'log1p'],
    ['arcsinh', '{ arcsinh: 5 }'],
  ])('%s: encodes new subjects like those of the fit, independently of other subjects', async (kind, written) => {
    const text = study(`, transform: ${written}, filter: { top: 3 }, winsorise: 0.05`);
    const { dataset } = await read(text);
    const [rna] = dataset.modalities;
    expect(rna.transform?.kind).toBe(kind);
    expect(rna.columns).toHaveLength(3);
    for (const [c] of rna.columns.entries()) {
      const values = Array.from(dataset.split.train, (row) => rna.values[row * 3 + c]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(mean).toBeCloseTo(0, 5);
      expect(Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length)).toBeCloseTo(1, 5);
    }
    // Three subjects only, columns in another order, and one more column.
    const rows = [41, 7, 23];
    const some = (columns: Columns): Columns =>
      Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, rows.map((row) => values[row])]));
    const { id, ...values } = some(genes);
    file('rna.csv', csv({ extra: [9e6, 9e6, 9e6], ...Object.fromEntries(Object.entries(values).reverse()), id }));
    file('clinic.csv', csv(some(clinic)));
    const again = await read(text, restored(dataset.modalities));
    expect(again.dataset.ids).toEqual(rows.map((row) => ids[row]));
    for (const [m, modality] of again.dataset.modalities.entries()) {
      const width = modality.columns.length;
      const expected = rows.flatMap((row) => [
        ...dataset.modalities[m].values.subarray(row * width, (row + 1) * width),
      ]);
      expect([...modality.values]).toEqual(expected);
      expect(scalesOf(modality)).toEqual(scalesOf(dataset.modalities[m]));
    }
    // A data set with other scales is refused, because they cannot be inverted.
    file('rna.csv', csv(genes));
    file('clinic.csv', csv(clinic));
    const plain = await read(study(', columns: [g1, g2]'));
    expect(() => rescale(plain.dataset, dataset.modalities)).toThrow(/cannot be undone: read the study with/);
  });

  test('takes statistics only from the training split', async () => {
    for (const transform of ['cpm', 'clr', 'rank']) {
      const text = study(`, transform: ${transform}, filter: { top: 3, by: mad }, winsorise: 0.1`);
      file('rna.csv', csv(genes));
      const { dataset } = await read(text);
      const held = new Set([...dataset.split.test, ...dataset.split.validation]);
      const moved = (value: Cell, row: number) =>
        held.has(row) && typeof value === 'number' ? value * (1 + (row % 7)) + 5 : value;
      const other: Columns = Object.fromEntries(Object.entries(genes).map(([name, all]) => [name, all.map(moved)]));
      file('rna.csv', csv(other));
      const after = await read(text);
      expect(scalesOf(after.dataset.modalities[0])).toEqual(scalesOf(dataset.modalities[0]));
      expect(after.dataset.fingerprint).not.toBe(dataset.fingerprint);
    }
  });

  test('computes library sizes from all columns of the modality, including filtered ones', async () => {
    const { dataset } = await read(study(', transform: cpm, omit: [g5], filter: { top: 2 }'));
    const [{ transform, columns }] = dataset.modalities;
    expect(transform).toMatchObject({ kind: 'cpm', over: ['g1', 'g2', 'g3', 'g4'] });
    expect(columns).toHaveLength(2);
    file('rna.csv', csv({ id: ids, g1: genes['g1'], g2: genes['g2'], g4: genes['g4'] }));
    await expect(read(study(', transform: cpm'), restored(dataset.modalities))).rejects.toMatchObject({
      code: 'missing-column',
      message: expect.stringContaining("'g3'"),
    });
  });

  test('names values outside its domain', async () => {
    const spoilt = (name: string, row: number, value: number) =>
      csv({ ...genes, [name]: genes[name].map((old, i) => (i === row ? value : old)) });
    file('rna.csv', spoilt('g2', 5, -3));
    for (const transform of ['cpm', 'clr', 'log1p']) {
      await expect(read(study(`, transform: ${transform}`))).rejects.toMatchObject({
        code: 'transform-domain',
        message: expect.stringMatching(/modality 'rna', column 'g2', subject p05: -3 is not a count or abundance/),
      });
    }
    await expect(read(study(', transform: rank'))).resolves.toBeDefined();
    file(
      'rna.csv',
      csv(
        Object.fromEntries(
          Object.entries(genes).map(([name, all]) => [name, all.map((v, i) => (i === 3 && name !== 'id' ? 0 : v))]),
        ),
      ),
    );
    for (const transform of ['cpm', 'clr']) {
      await expect(read(study(`, transform: ${transform}`))).rejects.toMatchObject({
        code: 'transform-domain',
        message: expect.stringMatching(/subject p03: its 5 values add up to 0/),
      });
    }
  });

  test('refuses log together with transform, and unknown transforms', async () => {
    await expect(read(study(', transform: cpm, log: true'))).rejects.toThrow(
      /modalities\.rna\.log excludes transform: leave one/,
    );
    await expect(read(study(', transform: tpm'))).rejects.toThrow(
      /modalities\.rna\.transform must be one of log1p, cpm, clr, arcsinh, rank, or \{ arcsinh: cofactor \}, not "tpm"/,
    );
    await expect(read(study(', winsorise: 0.5'))).rejects.toMatchObject({ code: 'invalid-study' });
  });
});

describe('the removal of columns', () => {
  test('keeps the most variable columns with filter, in the order of the table', async () => {
    const order = async (by: string) =>
      namesOf((await read(study(`, filter: { top: 3, by: ${by} }`))).dataset.modalities[0]);
    const even = ids.map((_, i) => 50 + 30 * (i % 2));
    // A few large values give a large variance but no median absolute deviation.
    const spiky = ids.map((_, i) => (i % 7 === 0 ? 900 : 2));
    const high = ids.map((_, i) => 5000 + (i % 3));
    const low = ids.map((_, i) => i % 4);
    file('rna.csv', csv({ id: ids, low, even, high, spiky }));
    expect(await order('variance')).toEqual(['low', 'even', 'spiky']);
    expect(await order('mad')).toEqual(['low', 'even', 'high']);
    expect(await order('mean')).toEqual(['even', 'high', 'spiky']);
    const { inspection } = await read(study(', filter: { top: 2 }'));
    expect(inspection.modalities[0].leftOut).toEqual({
      constant: [],
      few: [],
      missing: [],
      filtered: ['low', 'high'],
    });
    await expect(read(study(', filter: { top: 1 }'))).rejects.toMatchObject({ code: 'too-many-latents' });
  });

  test('removes constant and empty columns with constant: omit, and names them', async () => {
    const flat = ids.map(() => 7);
    const none = ids.map(() => '');
    file('rna.csv', csv({ ...genes, flat, none }));
    await expect(read(study(''))).rejects.toThrow(/that are empty: none; write omit: \[none\], or constant: omit/);
    await expect(read(study(', omit: [none]'))).rejects.toMatchObject({ code: 'constant-column' });
    const { dataset, inspection } = await read(study(', constant: omit'));
    expect(namesOf(dataset.modalities[0])).toEqual(['g1', 'g2', 'g3', 'g4', 'g5']);
    expect(inspection.modalities[0].leftOut.constant).toEqual(['none', 'flat']);
    expect(dataset.ids).toHaveLength(SUBJECTS);
  });

  test('treats a gene without a count as constant in cpm and clr for libraries of any size', async () => {
    file('rna.csv', csv({ ...genes, silent: ids.map(() => 0) }));
    const cpm = await read(study(', transform: cpm, constant: omit'));
    expect(cpm.inspection.modalities[0].leftOut.constant).toEqual(['silent']);
    expect(cpm.dataset.modalities[0].transform).toMatchObject({ over: ['g1', 'g2', 'g3', 'g4', 'g5', 'silent'] });
    await expect(read(study(', transform: cpm'))).rejects.toMatchObject({ code: 'constant-column' });
  });

  test('truncates a long list of constant columns and advises to omit all', async () => {
    const flat = Array.from({ length: 14 }, (_, i) => [`flat${i}`, ids.map(() => i)] as const);
    file('rna.csv', csv({ ...genes, ...Object.fromEntries(flat) }));
    await expect(read(study(''))).rejects.toMatchObject({
      message: expect.stringMatching(/flat9 and 4 more; write constant: omit$/),
      details: { columns: flat.map(([name]) => name) },
    });
  });

  test('removes columns with too many missing values (maxMissing), which makes more subjects complete', async () => {
    const gaps = (values: readonly Cell[], share: number) =>
      values.map((value, i) => (i < share * SUBJECTS ? '' : value));
    file('rna.csv', csv({ ...genes, g2: gaps(genes['g2'], 0.5), g3: gaps(genes['g3'], 0.1) }));
    const dropping = (more: string) => read(`missing: drop\n${study(more)}`);
    expect((await dropping('')).inspection.subjects).toBe(30);
    const { dataset, inspection } = await dropping(', maxMissing: 0.2');
    expect(namesOf(dataset.modalities[0])).toEqual(['g1', 'g3', 'g4', 'g5']);
    expect(inspection.modalities[0].leftOut.missing).toEqual(['g2']);
    expect(inspection.subjects).toBe(54);
    // A share equal to the limit is allowed.
    expect((await dropping(', maxMissing: 0.5')).inspection.subjects).toBe(30);
  });
});

describe('advice on missing values', () => {
  test('orders columns by the subjects that become complete without them; columns can form groups', async () => {
    const lacks = (values: readonly Cell[], from: number, to: number) =>
      values.map((value, i) => (i >= from && i < to ? 'NA' : value));
    file(
      'rna.csv',
      csv({ ...genes, g1: lacks(genes['g1'], 0, 12), g2: lacks(genes['g2'], 0, 12), g3: lacks(genes['g3'], 10, 20) }),
    );
    file('clinic.csv', csv({ ...clinic, iron: lacks(clinic['iron'], 40, 43) }));
    const dropping = (...more: [string, string?]) => read(`missing: drop\n${study(...more)}`);
    const { inspection } = await dropping('');
    expect(inspection.subjects).toBe(37);
    const columns = (...names: string[]) =>
      names.map((name) => ({ modality: name.startsWith('g') ? 'rna' : 'clinic', column: name }));
    expect(inspection.advice).toEqual([
      // Removing g3 alone completes eight subjects. Removing g1 and g2 completes ten, five per column, and twelve
      // without g3.
      { omit: columns('g3'), regained: 8, subjects: 45 },
      { omit: columns('g1', 'g2'), regained: 12, subjects: 57 },
      { omit: columns('iron'), regained: 3, subjects: 60 },
    ]);
    expect((await dropping(', omit: [g1, g2, g3]', ', omit: [iron]')).inspection.subjects).toBe(60);
    expect((await dropping(', omit: [g3]')).inspection.subjects).toBe(45);
  });
});

describe('outliers', () => {
  const wild = noise(21).map((value, i) => (i === 8 ? 1e6 : i === 9 ? -4000 : value));

  test('are reported with their number and the farthest value', async () => {
    file('rna.csv', csv({ ...genes, wild }));
    const { inspection } = await read(study(''));
    const { outliers } = inspection.modalities[0];
    expect(outliers).toEqual([{ column: 'wild', subjects: 2, largest: 1e6, distance: expect.any(Number) }]);
    expect(outliers[0].distance).toBeGreaterThan(1000);
    expect((await read(study(', log: true'))).inspection.modalities[1].outliers).toEqual([]);
  });

  test('are winsorised to quantiles of the training split', async () => {
    file('rna.csv', csv({ ...genes, wild }));
    const { dataset } = await read(study(', winsorise: 0.05'));
    const [rna] = dataset.modalities;
    const { limits, mean, sd } = rna.columns[5];
    const sorted = Array.from(dataset.split.train, (row) => wild[row]).sort((a, b) => a - b);
    const quantile = (share: number) => {
      const at = share * (sorted.length - 1);
      const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
      return below + (at % 1) * (above - below);
    };
    expect(limits!.lower).toBeCloseTo(quantile(0.05), 9);
    expect(limits!.upper).toBeCloseTo(quantile(0.95), 9);
    const value = (row: number) => rna.values[row * 6 + 5] * sd + mean;
    expect(value(8)).toBeCloseTo(limits!.upper, 3);
    expect(value(9)).toBeCloseTo(limits!.lower, 3);
    expect(value(0)).toBeCloseTo(Math.min(Math.max(wild[0], limits!.lower), limits!.upper), 3);
  });
});

describe('rows of JSON', () => {
  const rowOf = (row: number, names: readonly string[]) => ({
    rna: Object.fromEntries(names.map((name) => [name, Number(genes[name][row])])),
  });
  const all = ['g1', 'g2', 'g3', 'g4', 'g5'];

  test.each([
    ['cpm, filter: { top: 2 }', all],
    ['clr, winsorise: 0.1', all],
    ['rank, filter: { top: 3, by: mad }', undefined],
    ['log1p', undefined],
    ['{ arcsinh: 5 }', undefined],
  ])('are transformed like the tables: %s', async (transform, whole) => {
    const { dataset } = await read(study(`, transform: ${transform}`));
    const [rna] = dataset.modalities;
    const [scales] = restored([rna]);
    const rows = [7, 31].map((row) => rowOf(row, whole ?? namesOf(rna)));
    const width = rna.columns.length;
    const expected = [7, 31].flatMap((row) => [...rna.values.subarray(row * width, (row + 1) * width)]);
    const options = { maxDeviations: 10, partial: false };
    expect([...rowValues(rows, scales, options).values]).toEqual(expected);
    // A library size needs all columns, and a value must be a number.
    const lacking = [7, 31].map((row) => rowOf(row, (whole ?? namesOf(rna)).slice(1)));
    expect(() => rowValues(lacking, scales, options)).toThrow(/lacks column 'g\d'/);
    const infinite = [{ rna: { ...rows[0].rna, [namesOf(rna)[0]]: Infinity } }];
    expect(() => rowValues(infinite, scales, options)).toThrow(/the value is Infinity/);
  });

  test('are refused by an adjusted model, because they have no covariates', async () => {
    file('ages.csv', csv({ id: ids, age: noise(8) }));
    const { dataset } = await read(study('').replace('modalities:', 'adjust: { table: ages.csv, columns: [age] }\n$&'));
    const [scales] = restored(dataset.modalities);
    expect(() => rowValues([rowOf(0, all)], scales, { maxDeviations: 10, partial: false })).toThrow(
      /'rna' is adjusted for age, which rows do not have/,
    );
  });
});

test('inspect prints up to ten entries of a list, and all in JSON', async () => {
  const flat = Array.from({ length: 14 }, (_, i) => [`flat${i}`, ids.map(() => 0)] as const);
  const iron = clinic['iron'].map((value, i) => (i < 6 ? '' : value));
  const wild = noise(21).map((value, i) => (i === 8 ? 1e6 : value));
  file('rna.csv', csv({ ...genes, ...Object.fromEntries(flat) }));
  file('clinic.csv', csv({ ...clinic, iron, wild }));
  const path = file('study.yaml', `missing: drop\n${study(', transform: cpm, constant: omit, filter: { top: 4 }')}`);
  const inspect = async (...more: string[]) => (await commandHere(['inspect', path, ...more], folder)).out;
  const text = await inspect();
  const printed = text.replaceAll(/\s+/g, ' ');
  expect(printed).toMatch(
    /left out, constant on the training split \(14\): flat0, .*flat9 and 4 more \(--json has all\) /,
  );
  expect(printed).toMatch(/left out, by the filter \(1\): g\d /);
  expect(printed).toContain(
    'note: values more than 10 robust sd from the median: wild (subjects: 1, farthest: 1000000 at ',
  );
  expect(text).toMatch(/omit these columns in this order:\n {2}\+6, 60 subjects then: clinic\.iron\n/);
  expect(await inspect('--json')).toContain('"flat13"');
});

test('a saved and loaded model encodes new subjects with the transforms of the fit', async () => {
  const text = study(', transform: cpm, filter: { top: 4 }', ', transform: rank, winsorise: 0.02');
  const { dataset } = await read(text);
  await using fitted = await MultimodalCausalModel.fit(dataset, {
    fit: 'joint',
    encoderRestarts: 2,
    epochs: 3,
    batch: 16,
    threads: 1,
    evidence: 'none',
  });
  const latents = await fitted.encode(dataset);
  await fitted.save(file('run'));
  await using model = await MultimodalCausalModel.load(file('run'));
  expect(model.columnScales).toEqual(dataset.modalities.map(scalesOf));
  const again = await read(text, model.columnScales);
  expect(again.dataset.fingerprint).toBe(dataset.fingerprint);
  expect(await model.encode(again.dataset)).toEqual(latents);
  expect(await model.report({ study: again })).toContain('</html>');
});
