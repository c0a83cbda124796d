// Kinds of columns in study files: reading, names, errors, and new subjects of a fitted model.

import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { checkDataset } from '../../src/data/check.js';
import type { Dataset } from '../../src/data/dataset.js';
import { rescale } from '../../src/data/rescale.js';
import { MAX_DEVIATIONS, type Row } from '../../src/data/row.js';
import { rowValues } from '../../src/data/rows.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { generator } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();

const SUBJECTS = 60;
const ids = Array.from({ length: SUBJECTS }, (_, i) => `p${String(i).padStart(2, '0')}`);
const next = generator(48);
const draw = (count: number): number[] => ids.map(() => Math.floor(count * next()));
const measured = () => ids.map(() => (200 * next() - 100).toFixed(2));
const GRADES = ['none', 'mild', 'severe'];
const grade = draw(3);
const smoker = draw(2);
const blood = draw(4);
const reads = draw(9).map((value) => value ** 3);
const stage = draw(4);

type Cells = Record<string, readonly (string | number)[]>;

const CLINIC: Cells = {
  id: ids,
  age: measured(),
  weight: measured(),
  smoker: smoker.map((value) => ['never', 'yes'][value]),
  grade: grade.map((value, i) => (i === 7 ? '' : GRADES[value])),
  blood: blood.map((value) => ['A', 'AB', 'B', 'O'][value]),
  stage,
  reads,
};
const LAB: Cells = { id: ids, iron: measured(), sugar: measured(), fat: measured() };

function csv(columns: Cells): string {
  const names = Object.keys(columns);
  const rows = ids.map((_, row) => names.map((name) => columns[name][row]).join(','));
  return `${names.join(',')}\n${rows.join('\n')}\n`;
}

const KINDS = 'smoker: binary, grade: ordinal, blood: categorical, stage: ordinal, reads: count';
const LEVELS = `levels: { grade: [${GRADES.join(', ')}] }`;
const yaml = (keys = `kinds: { ${KINDS} }, ${LEVELS}`): string => `study: kinds
id: id
modalities:
  clinic: { table: clinic.csv, latents: 1, ${keys} }
  lab: { table: lab.csv, latents: 1 }
`;

beforeEach(() => {
  file('clinic.csv', csv(CLINIC));
  file('lab.csv', csv(LAB));
});

const read = (keys?: string) => readStudy(file('study.yaml', yaml(keys)));

/** Values of a column of the first modality by subject; NaN where missing. */
function valuesOf({ modalities: [{ columns, values, observed }] }: Dataset, name: string): number[] {
  const at = columns.findIndex((column) => column.name === name);
  return ids.map((_, row) => {
    const cell = row * columns.length + at;
    return observed?.[cell] === 0 ? NaN : values[cell];
  });
}

describe('a study with kinds', () => {
  test('converts texts and numbers to values of their kinds, with columns of a kind together', async () => {
    const { dataset } = await read();
    checkDataset(dataset);
    expect(dataset.modalities[0].columns.map(({ name }) => name)).toEqual([
      'age',
      'weight',
      'smoker',
      'grade>=mild',
      'grade>=severe',
      'stage>=1',
      'stage>=2',
      'stage>=3',
      'blood=A',
      'blood=AB',
      'blood=B',
      'blood=O',
      'reads',
    ]);
    expect(valuesOf(dataset, 'smoker')).toEqual(smoker);
    expect(valuesOf(dataset, 'grade>=severe')).toEqual(grade.map((value, i) => (i === 7 ? NaN : Number(value >= 2))));
    expect(valuesOf(dataset, 'blood=B')).toEqual(blood.map((value) => Number(value === 2)));
    expect(valuesOf(dataset, 'stage>=2')).toEqual(stage.map((value) => Number(value >= 2)));
    const { mean, sd } = dataset.modalities[0].columns[12];
    valuesOf(dataset, 'reads').forEach((value, i) => {
      expect(value * sd + mean).toBeCloseTo(Math.log1p(reads[i]), 5);
    });
  });

  test('takes levels from the file, numbers by size and texts by alphabet, unless the study lists them', async () => {
    const { dataset } = await read(
      `kinds: { ${KINDS} }, levels: { grade: [${GRADES.join(', ')}], smoker: [yes, never] }`,
    );
    expect(dataset.modalities[0].levels).toEqual({
      smoker: ['yes', 'never'],
      grade: GRADES,
      blood: ['A', 'AB', 'B', 'O'],
      stage: ['0', '1', '2', '3'],
    });
    expect(valuesOf(dataset, 'smoker')).toEqual(smoker.map((value) => 1 - value));
  });

  test('applies codes of missing values and recode before levels', async () => {
    const keys = 'missing: { stage: [3], blood: [AB] }, recode: { smoker: { never: 0, yes: 1 } }';
    const { dataset } = await read(`kinds: { ${KINDS} }, ${LEVELS}, ${keys}`);
    expect(dataset.modalities[0].levels).toMatchObject({
      smoker: ['0', '1'],
      stage: ['0', '1', '2'],
      blood: ['A', 'B', 'O'],
    });
    expect(valuesOf(dataset, 'stage>=2')).toEqual(stage.map((value) => (value === 3 ? NaN : Number(value >= 2))));
    expect(valuesOf(dataset, 'blood=B')).toEqual(blood.map((value) => (value === 1 ? NaN : Number(value === 2))));
  });

  test('standardises and transforms robust columns and columns with learned noise like gaussian ones', async () => {
    const plain = await read('columns: [age, weight], transform: rank');
    const { dataset } = await read(
      'columns: [age, weight], transform: rank, kinds: { age: robust, weight: learned-noise }',
    );
    expect([...dataset.modalities[0].values]).toEqual([...plain.dataset.modalities[0].values]);
    expect(dataset.modalities[0].columns.map(({ kind }) => kind)).toEqual(['robust', 'learned-noise']);
  });

  test('transforms only measurements', async () => {
    const { dataset } = await read(`kinds: { ${KINDS} }, ${LEVELS}, transform: rank`);
    expect(valuesOf(dataset, 'smoker')).toEqual(smoker);
    expect(dataset.modalities[0].columns.filter(({ ranks }) => ranks).map(({ name }) => name)).toEqual([
      'age',
      'weight',
    ]);
  });

  test('omits texts and treats numbers as gaussian without kinds', async () => {
    const { dataset, inspection } = await read('exogenous: 1');
    expect(dataset.modalities[0].columns.map(({ name, kind }) => [name, kind])).toEqual(
      ['age', 'weight', 'stage', 'reads'].map((name) => [name, undefined]),
    );
    expect(inspection.modalities[0].textColumns).toEqual(['smoker', 'grade', 'blood']);
  });
});

describe('inspect', () => {
  test('reports kinds and levels, and suggests kinds of other columns', async () => {
    const { inspection } = await read(`kinds: { smoker: binary }, recode: { smoker: { never: 0, yes: 1 } }`);
    const reported = inspection.modalities[0].columns.map(({ name, kind, levels, likely }) => ({
      name,
      ...(kind && { kind, levels }),
      ...(likely && { likely }),
    }));
    expect(reported).toEqual([
      { name: 'age' },
      { name: 'weight' },
      { name: 'stage', likely: 'ordinal' },
      { name: 'reads', likely: 'count' },
      { name: 'smoker', kind: 'binary', levels: ['0', '1'] },
    ]);
  });

  test('suggests no kind for a column that has one, including gaussian', async () => {
    const { inspection } = await read('kinds: { stage: gaussian, reads: robust }');
    expect(inspection.modalities[0].columns.map(({ likely }) => likely)).toEqual(new Array(4).fill(undefined));
  });

  test('prints kinds and levels', async () => {
    const path = file('study.yaml', yaml(`kinds: { smoker: binary, grade: ordinal }, ${LEVELS}`));
    const text = (await commandHere(['inspect', path, '--verbose'], folder)).out;
    expect(text).toMatch(/smoker +binary: never, yes\n/);
    expect(text).toMatch(/grade +ordinal: none < mild < severe\n/);
    expect(text).toMatch(/modelled as gaussian; [^]*ordinal or categorical: stage; count: reads\n/);
    expect(text).toMatch(/text columns are read if kinds declares them binary, categorical or\n *ordinal\n/);
  });
});

describe('a kind that contradicts the data is refused', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'binary with more than two',
      'kinds: { blood: binary }',
      'level-count',
      /study\.yaml:4:\d+: column 'blood' is binary and has 4/,
    ],
    ['ordinal with two', 'kinds: { smoker: ordinal }, levels: { smoker: [never, yes] }', 'level-count', /at least 3/],
    [
      'texts without an order',
      'kinds: { grade: ordinal }',
      'unordered-levels',
      /levels: \{ grade: \[mild, none, severe\] \}/,
    ],
    [
      'a level not listed',
      'kinds: { grade: ordinal }, levels: { grade: [none, mild, grave] }',
      'unknown-level',
      /'severe' \(id p\d\d\)/,
    ],
    ['a negative count', 'kinds: { age: count }', 'not-a-count', /column 'age' is a count and has -?\d+\.\d/],
    ['an unknown kind', 'kinds: { age: normal }', 'invalid-study', /gaussian, learned-noise/],
    ['a column that is not there', 'kinds: { smokr: binary }', 'missing-column', /smokr.*smoker/],
    ['levels without a kind', 'levels: { smoker: [never, yes] }', 'invalid-study', /has levels, but its kind has none/],
    [
      'a level twice',
      'kinds: { smoker: binary }, levels: { smoker: [yes, yes] }',
      'invalid-study',
      /repeats an earlier level/,
    ],
    [
      'a count that is logged',
      'kinds: { reads: count }, log: [reads]',
      'invalid-study',
      /leave it out of log or of kinds/,
    ],
    ['levels of repeated rows', 'kinds: { stage: ordinal }, repeats: {}', 'invalid-study', /takes means/],
  ])('%s', async (_, keys, code, message) => {
    await expect(read(keys)).rejects.toThrow(message);
    await expect(read(keys)).rejects.toThrow(expect.objectContaining({ code }));
  });

  test('a constant column in the training split', async () => {
    file('clinic.csv', csv({ ...CLINIC, smoker: ids.map(() => 'never') }));
    const keys = 'kinds: { smoker: binary }, levels: { smoker: [never, yes] }';
    await expect(read(keys)).rejects.toThrow(expect.objectContaining({ code: 'constant-column' }));
    const { inspection } = await read(`${keys}, constant: omit`);
    expect(inspection.modalities[0].leftOut.constant).toEqual(['smoker']);
  });
});

describe("a model's scales", () => {
  test('read the same values again, independently of the kinds in the study', async () => {
    const { dataset } = await read();
    const scales = dataset.modalities;
    const again = await readStudy(file('again.yaml', yaml('exogenous: 1')), { scales });
    expect([...again.dataset.modalities[0].values]).toEqual([...dataset.modalities[0].values]);
    expect(again.dataset.modalities[0].levels).toEqual(dataset.modalities[0].levels);
  });

  test('keep the positions of levels that new subjects do not have, and refuse unknown levels', async () => {
    const { dataset } = await read();
    file('clinic.csv', csv({ ...CLINIC, blood: ids.map((_, i) => (i % 2 === 0 ? 'O' : 'A')) }));
    const fewer = await readStudy(file('again.yaml', yaml()), { scales: dataset.modalities });
    expect(valuesOf(fewer.dataset, 'blood=O')).toEqual(ids.map((_, i) => Number(i % 2 === 0)));
    file('clinic.csv', csv({ ...CLINIC, blood: ids.map(() => 'X') }));
    const unknown = readStudy(file('again.yaml', yaml()), { scales: dataset.modalities });
    await expect(unknown).rejects.toThrow(expect.objectContaining({ code: 'unknown-level' }));
  });

  test('refuse a data set with other levels', async () => {
    const { dataset } = await read();
    const other = await read(`kinds: { ${KINDS} }, levels: { grade: [${GRADES.join(', ')}], smoker: [yes, never] }`);
    expect(() => rescale(other.dataset, dataset.modalities)).toThrow(
      expect.objectContaining({ code: 'transform-mismatch' }),
    );
    const [{ values }] = rescale(dataset, dataset.modalities);
    expect([...values]).toEqual([...dataset.modalities[0].values]);
  });

  describe('encode rows', () => {
    const ROW = { age: 1, weight: 2, smoker: 'yes', grade: 'mild', blood: 'O', stage: 3, reads: 8 };
    const encoded = async (change: Readonly<Record<string, string | number | null>>) => {
      const { dataset } = await read();
      const rows: Row[] = [{ clinic: { ...ROW, ...change } }];
      return rowValues(rows, dataset.modalities[0], { maxDeviations: MAX_DEVIATIONS, partial: false });
    };

    test('accepts levels by name or number, counts, and null for missing values', async () => {
      const { values, observed } = await encoded({ blood: null });
      expect([...values.subarray(2, 8)]).toEqual([1, 1, 0, 1, 1, 1]);
      expect([...observed!]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1]);
    });

    test.each<[Readonly<Record<string, string | number>>, string, RegExp]>([
      [{ smoker: 'maybe' }, 'unknown-level', /smoker is "maybe"; the model knows never, yes/],
      [{ stage: 7 }, 'unknown-level', /stage is 7; the model knows 0, 1, 2, 3/],
      [{ reads: -1 }, 'not-a-count', /'reads' is a count and has -1/],
      [{ age: 'old' }, 'not-numeric', /age is "old"/],
    ])('refuses %j', async (change, code, message) => {
      await expect(encoded(change)).rejects.toThrow(message);
      await expect(encoded(change)).rejects.toThrow(expect.objectContaining({ code }));
    });
  });
});

test('a model of mixed columns can be saved, loaded, queried and reported', async () => {
  const { dataset } = await read();
  const settings = {
    encoderRestarts: 2,
    epochs: 4,
    hidden: 8,
    componentRestarts: 2,
    componentSteps: 40,
    polish: 1,
    seed: 3,
    evidence: 'none' as const,
  };
  const model = await MultimodalCausalModel.fit(dataset, settings);
  const saved = join(folder, 'run');
  await model.save(saved);
  const loaded = await MultimodalCausalModel.load(saved);
  expect(loaded.columnScales).toEqual(model.columnScales);
  const [original, again] = [await model.encode(dataset), await loaded.encode(dataset)];
  expect([...again['clinic']]).toEqual([...original['clinic']]);
  const row = { age: 1, weight: 2, smoker: 'yes', grade: 'mild', blood: 'O', stage: 3, reads: 8 };
  const encoded = await loaded.encodeRows([{ clinic: row, lab: { iron: 1, sugar: 2, fat: 3 } }]);
  expect(encoded['clinic'].every(Number.isFinite)).toBe(true);
  const html = await loaded.report({ study: dataset });
  const reported = ['smoker', 'grade', 'blood=AB', 'reads'].filter((value) => html.includes(value));
  expect(reported).toHaveLength(4);
  expect(html).toMatch(/How certain is each latent\?.*clinic\.z1.*\d sd/s);
});
