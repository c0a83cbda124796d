// Counts relative to a size: its value in the table and its effect on counts; no result refers to the size itself.
// test/likelihoods/likelihoods.test.ts compares the log probabilities with PyTorch.

import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { checkDataset } from '../../src/data/check.js';
import { modalityOfColumns, type ColumnsModality } from '../../src/data/columns-modality.js';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { kindProblem } from '../../src/data/check-kinds.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import type { RawColumn } from '../../src/data/kinds.js';
import { joinedObservation, observationOf } from '../../src/data/observation.js';
import { rescale } from '../../src/data/rescale.js';
import { MAX_DEVIATIONS } from '../../src/data/row.js';
import { rowValues } from '../../src/data/rows.js';
import { constant, slice, sum, type Node } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { logProbability, thetaSize } from '../../src/networks/observation-likelihood.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { missingnessTests, tableOf } from '../../src/quality/index.js';
import { GenerativeModel, type Read } from '../../src/questions/generative-model.js';
import { columnVariables } from '../../src/questions/variables.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { duplicateColumns } from '../../src/study/inspection/duplicate-columns.js';
import { readStudy } from '../../src/study/study.js';
import { readRun } from '../../src/training/run-folder.js';
import { commandHere } from '../fixtures/command-here.js';
import { generator } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();

const IDS = ['p1', 'p2', 'p3', 'p4'];
const ALL_ROWS = Int32Array.from(IDS.keys());
const counts = (name: string, ...values: number[]): RawColumn => ({
  name,
  kind: 'count',
  values: Float64Array.from(values),
});
const [READS, MORE] = [counts('reads', 1, 3, 6, 0), counts('more', 3, 1, 6, 2)];
const DEPTH: RawColumn = { name: 'depth', kind: 'size', values: Float64Array.of(100, 200, 400, 800) };
const AGE: RawColumn = { name: 'age', values: Float64Array.of(30, 20, 50, 40) };

function modality(columns: readonly RawColumn[], options: Pick<ColumnsModality, 'size'> = {}): Modality {
  return modalityOfColumns({ name: 'omics', columns, latents: 1, exogenous: 1, ...options }, IDS, ALL_ROWS);
}

/** Returns the value of every subject; NaN for missing ones. */
function valuesOf({ columns, values, observed }: Modality, name: string): number[] {
  const at = columns.findIndex((column) => column.name === name);
  return Array.from({ length: values.length / columns.length }, (_, row) => {
    const cell = row * columns.length + at;
    return observed?.[cell] === 0 ? NaN : values[cell];
  });
}

const centred = (sizes: readonly number[]): number[] => {
  const known = sizes.filter((size) => !Number.isNaN(size));
  const mean = known.reduce((all, size) => all + Math.log(size), 0) / known.length;
  return sizes.map((size) => Math.fround(Math.log(size) - mean));
};

describe('a size in the table', () => {
  test('is the logarithm of its column minus the training mean, not scaled', () => {
    expect(valuesOf(modality([READS, DEPTH]), 'depth')).toEqual(centred([100, 200, 400, 800]));
  });

  test('of kind total is that of the sum of the counts', () => {
    const result = modality([AGE, READS, MORE], { size: 'total' });
    valuesOf(result, 'size=total').forEach((value, i) => {
      expect(value).toBeCloseTo(centred([4, 4, 12, 2])[i], 6);
    });
  });

  test('of kind total is relative to the ordinary sum of the observed counts, and a sum of 0 counts as ½', () => {
    const [a, b] = [counts('a', 4, 8, NaN, NaN), counts('b', 0, 40, 40, NaN)];
    const result = modality([AGE, a, b], { size: 'total' });
    const ordinary = [1, 2].map((at) => Math.expm1(result.columns[at].mean));
    const both = ordinary[0] + ordinary[1];
    const expected = centred([4 / both, 48 / both, 40 / ordinary[1], NaN]);
    const actual = valuesOf(result, 'size=total');
    expect(actual[3]).toBeNaN();
    actual.slice(0, 3).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 6);
    });
    const empty = modality([counts('a', 0, 1, 1, 3), counts('b', 0, 2, 2, 0)], { size: 'total' });
    valuesOf(empty, 'size=total').forEach((value, i) => {
      expect(value).toBeCloseTo(centred([0.5, 3, 3, 3])[i], 6);
    });
  });

  test('is missing if all counts of the subject are missing', () => {
    const result = modality([counts('reads', 1, 3, NaN, 0), counts('more', 3, NaN, NaN, 2), DEPTH, AGE]);
    const [first, second, , fourth] = centred([100, 200, 400, 800]);
    expect(valuesOf(result, 'depth')).toEqual([first, second, NaN, fourth]);
  });

  test('is an input of the encoder but not an output of the decoder', () => {
    const plain = observationOf(modality([AGE, READS, MORE]));
    const sized = observationOf(modality([AGE, READS, DEPTH, MORE]));
    expect(sized.shape).toEqual([4]);
    expect(thetaSize(sized)).toBe(thetaSize(plain));
    expect(sized.parts.map(({ likelihood, size }) => [likelihood, size])).toEqual([
      ['gaussian', undefined],
      ['count', 3],
      ['size', undefined],
    ]);
  });
});

describe('counts relative to a size', () => {
  const observed = (result: Modality): Node =>
    constant(
      result.columns.flatMap(({ name }) => valuesOf(result, name)),
      [1, 1, result.columns.length, IDS.length],
    );

  test('keep the size of their modality when modalities are joined', () => {
    const first = modality([READS, MORE], { size: 'total' });
    const second = modality([counts('reads', 9, 2, 5, 1), DEPTH]);
    const [a, b] = [first, second].map(observationOf);
    const both = joinedObservation([a, b]);
    const theta = constant(
      Array.from({ length: 6 * IDS.length }, (_, at) => Math.sin(at)),
      [1, 1, 6, IDS.length],
    );
    const [x, y] = [first, second].map(observed);
    const values = (nodes: readonly Node[]): Node => {
      const all = nodes.flatMap((node) => [...evaluate([node], {})[0]]);
      return constant(all, [1, 1, all.length / IDS.length, IDS.length]);
    };
    const total = (node: Node): Node => sum(node, [0, 1, 2]);
    const [joined, ofFirst, ofSecond] = evaluate(
      [
        total(logProbability([both], { values: values([x, y]) }, theta)),
        total(logProbability([a], { values: x }, slice(theta, 2, 0, 4))),
        total(logProbability([b], { values: y }, slice(theta, 2, 4, 6))),
      ],
      {},
    );
    joined.forEach((value, i) => {
      expect(value).toBeCloseTo(ofFirst[i] + ofSecond[i], 9);
    });
  });
});

describe('results do not refer to a size', () => {
  const sized = modality([AGE, READS, MORE, DEPTH]);
  const plain = modality([AGE, READS, MORE]);

  test('shares of variance exclude it', () => {
    const { samples, observed } = tableOf([sized], ALL_ROWS);
    expect([...observed!]).toEqual(IDS.flatMap(() => [1, 1, 1, 0]));
    expect([...samples.values].filter((_, at) => at % 4 === 3)).toEqual([0, 0, 0, 0]);
  });

  test('questions have no such column, and other columns have their positions', () => {
    const variables = columnVariables({ columns: [modality([DEPTH, AGE, READS]), plain] });
    expect(variables.map(({ name, c, at }) => [name, c, at])).toEqual([
      ['omics.age', 1, 1],
      ['omics.reads', 2, 2],
      ['omics.age', 0, 3],
      ['omics.reads', 1, 4],
      ['omics.more', 2, 5],
    ]);
  });

  test('a copy of it does not count as a duplicate column', () => {
    const twin: RawColumn = { name: 'twin', values: Float64Array.from(valuesOf(sized, 'depth')) };
    expect(duplicateColumns(modality([READS, DEPTH, { ...AGE, name: 'again' }, AGE]))).toEqual([['again', 'age']]);
    expect(duplicateColumns(modality([READS, DEPTH, twin]))).toEqual([]);
  });
});

const SUBJECTS = 80;
const ids = Array.from({ length: SUBJECTS }, (_, i) => `p${String(i).padStart(2, '0')}`);
const next = generator(49);
const depth = ids.map(() => Math.exp(2 * next()));
const drawn = Array.from({ length: 10 }, () => depth.map((size) => Math.floor(10 * size * next())));
const NAMES = drawn.map((_, c) => `g${c}`);
const other = Array.from({ length: 3 }, () => ids.map(() => (200 * next() - 100).toFixed(2)));

function csv(names: readonly string[], columns: readonly (readonly (number | string)[])[]): string {
  const rows = ids.map((id, row) => [id, ...columns.map((column) => column[row])].join(','));
  return `id,${names.join(',')}\n${rows.join('\n')}\n`;
}

const COUNTS = NAMES.map((name) => `${name}: count`).join(', ');
const yaml = (keys: string): string => `study: sizes
id: id
modalities:
  omics: { table: omics.csv, latents: 1, ${keys} }
  lab: { table: lab.csv, latents: 1 }
`;
const read = (keys: string) => readStudy(file('study.yaml', yaml(keys)));

beforeEach(() => {
  file('omics.csv', csv([...NAMES, 'depth'], [...drawn, depth]));
  file('lab.csv', csv(['iron', 'sugar', 'fat'], other));
});

describe('in a study', () => {
  test('a column of kind size is a size, and the scales of a model read it the same way', async () => {
    const { dataset } = await read(`kinds: { ${COUNTS}, depth: size }`);
    checkDataset(dataset);
    const { mean } = dataset.modalities[0].columns.at(-1)!;
    valuesOf(dataset.modalities[0], 'depth').forEach((value, i) => {
      expect(value).toBeCloseTo(Math.log(depth[i]) - mean, 5);
    });
    const reread = await readStudy(file('again.yaml', yaml('exogenous: 1')), { scales: dataset.modalities });
    expect([...reread.dataset.modalities[0].values]).toEqual([...dataset.modalities[0].values]);
  });

  test('a total needs no column, not for new subjects either', async () => {
    const { dataset } = await read(`omit: [depth], kinds: { ${COUNTS} }, size: total`);
    checkDataset(dataset);
    const totals = ids.map((_, row) => drawn.reduce((all, column) => all + column[row], 0));
    const differences = valuesOf(dataset.modalities[0], 'size=total').map((value, i) => value - Math.log(totals[i]));
    expect(Math.max(...differences) - Math.min(...differences)).toBeLessThan(1e-5);
    file('omics.csv', csv(NAMES, drawn));
    const reread = await readStudy(file('again.yaml', yaml('exogenous: 1')), { scales: dataset.modalities });
    expect([...reread.dataset.modalities[0].values]).toEqual([...dataset.modalities[0].values]);
    const row = Object.fromEntries(NAMES.map((name, c) => [name, drawn[c][5]]));
    const rows = rowValues([{ omics: row }], dataset.modalities[0], { maxDeviations: MAX_DEVIATIONS, partial: false });
    expect([...rows.values]).toEqual([...dataset.modalities[0].values.subarray(5 * 11, 6 * 11)]);
  });

  test('a total relative to the means of another data set is not converted', async () => {
    const keys = `omit: [depth], kinds: { ${COUNTS} }, size: total`;
    const [{ dataset }, plain] = [await read(keys), await read('omit: [depth]')];
    expect(() => rescale(plain.dataset, dataset.modalities)).toThrow(
      expect.objectContaining({ code: 'transform-mismatch' }),
    );
  });

  test('inspect reports how far sizes differ, and suggests a size if totals differ and none is set', async () => {
    const { dataset, inspection } = await read(`kinds: { ${COUNTS}, depth: size }`);
    const [sized] = inspection.modalities;
    const sorted = Array.from(dataset.split.train, (row) => depth[row]).sort((a, b) => a - b);
    const quantile = (share: number): number => {
      const [at, part] = [Math.floor(share * (sorted.length - 1)), (share * (sorted.length - 1)) % 1];
      return sorted[at] * (1 - part) + sorted[at + 1] * part;
    };
    expect(sized.size).toEqual({ of: 'depth', spread: expect.any(Number) });
    expect(sized.size!.spread).toBeCloseTo(quantile(0.9) / quantile(0.1), 6);
    const reported = async (keys: string) => (await read(keys)).inspection.modalities[0];
    expect(sized.columns.at(-1)).toMatchObject({ name: 'depth', kind: 'size' });
    const total = await reported(`omit: [depth], kinds: { ${COUNTS} }, size: total`);
    expect(total.size?.of).toBe('total');
    expect(total.columns.map(({ name }) => name)).toEqual(NAMES);
    const unsized = await reported(`omit: [depth], kinds: { ${COUNTS} }`);
    expect(unsized.size).toEqual({ spread: total.size?.spread });
    file(
      'omics.csv',
      csv(
        NAMES,
        drawn.map((column) => column.map((count, i) => Math.round((20 * count) / depth[i]))),
      ),
    );
    expect((await reported(`kinds: { ${COUNTS} }`)).size).toBeUndefined();
  });

  test('the command prints both', async () => {
    const printed = async (keys: string): Promise<string> =>
      (await commandHere(['inspect', file('study.yaml', yaml(keys))], folder)).out.replaceAll(/\s+/g, ' ');
    const spread = String.raw`\d\.\d-fold between the 10 % and the 90 % quantile`;
    const sized = await printed(`kinds: { ${COUNTS}, depth: size }`);
    expect(sized).toMatch(new RegExp(`counts are relative to depth, which differs ${spread} `));
    const unsized = await printed(`omit: [depth], kinds: { ${COUNTS} }`);
    expect(unsized).toMatch(new RegExp(`totals of the counts differ ${spread}\\. .*size: total removes it `));
  });
});

describe('invalid sizes are refused', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'a size without counts',
      'columns: [g1, g2, depth], kinds: { depth: size }',
      'size-without-counts',
      /study\.yaml:4:\d+: 'depth' is a size, and 0 columns/,
    ],
    [
      'a total of one count',
      'columns: [g1, g2, g3], kinds: { g1: count }, size: total',
      'size-without-counts',
      /'size=total' is a size, and 1 columns are count or poisson; a total needs two or more/,
    ],
    [
      'two sizes',
      `kinds: { ${COUNTS}, depth: size }, size: total`,
      'several-sizes',
      /there are depth and size=total; keep one/,
    ],
    [
      'a size of 0',
      'kinds: { g0: count, g1: count, g2: size }',
      'not-a-size',
      /study\.yaml:4:\d+: column 'g2' is a size and has 0/,
    ],
    ['a size that does not exist', `kinds: { ${COUNTS}, dept: size }`, 'missing-column', /dept.*depth/],
    ['a column under size', `kinds: { ${COUNTS} }, size: depth`, 'invalid-study', /kinds: \{ COLUMN: size \}/],
    [
      'a size with a logarithm',
      `kinds: { ${COUNTS}, depth: size }, log: [depth]`,
      'invalid-study',
      /leave it out of log/,
    ],
    [
      'the same number of latents as of columns including the size',
      'columns: [g1, g2, depth], kinds: { g1: count, g2: count, depth: size }, exogenous: 2',
      'too-many-latents',
      /has 2 columns/,
    ],
  ])('%s', async (_, keys, code, message) => {
    await expect(read(keys)).rejects.toThrow(message);
    await expect(read(keys)).rejects.toThrow(expect.objectContaining({ code }));
  });

  test('an unknown total in untyped JavaScript', () => {
    const columns = [READS, MORE];
    // @ts-expect-error: programs without types pass anything
    expect(() => modality(columns, { size: 'reads' })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  test('a data set with an invalid size', () => {
    const dataModality = modality([READS, MORE, DEPTH]);
    const problem = (columns: Modality['columns']) => kindProblem({ ...dataModality, columns })?.problem;
    expect(problem(dataModality.columns)).toBeUndefined();
    expect(problem(dataModality.columns.map((one) => (one.kind === 'size' ? { ...one, sd: 2 } : one)))).toMatch(
      /not that of a logarithm/,
    );
    expect(problem(dataModality.columns.map((column) => ({ ...column, kind: 'size', sd: 1 })))).toMatch(
      /is a second size/,
    );
  });
});

describe('a fit of counts with a size', () => {
  let dataset: Dataset;
  let model: MultimodalCausalModel;
  const allRows = Int32Array.from(ids.keys());

  beforeAll(async () => {
    const missing = 7;
    const train = allRows.subarray(0, 60);
    const split = { train, validation: allRows.subarray(60, 70), test: allRows.subarray(70) };
    const columns: RawColumn[] = drawn.map((column, c) => ({
      name: NAMES[c],
      kind: 'count',
      values: Float64Array.from(column, (count, row) => (row === missing && c === 0 ? NaN : count)),
    }));
    const sizes: RawColumn = { name: 'depth', kind: 'size', values: Float64Array.from(depth) };
    const lab = other.map((values, c): RawColumn => ({ name: `l${c}`, values: Float64Array.from(values, Number) }));
    const shape = { latents: 1, exogenous: 1 };
    const modalities = [
      modalityOfColumns({ name: 'omics', columns: [sizes, ...columns], ...shape }, ids, train),
      modalityOfColumns({ name: 'lab', columns: lab, ...shape }, ids, train),
    ];
    const plain = { ids, modalities, split };
    dataset = { ...plain, fingerprint: fingerprintOf(plain) };
    const settings = {
      encoderRestarts: 2,
      epochs: 4,
      hidden: 8,
      componentRestarts: 2,
      componentSteps: 40,
      polish: 1,
      seed: 3,
      threads: 1,
    };
    model = await MultimodalCausalModel.fit(dataset, { ...settings, evidence: 'none' });
  }, 60_000);

  afterAll(async () => {
    await model.dispose();
  });

  test('is saved and loaded with the size', async () => {
    const saved = join(folder, 'run');
    await model.save(saved);
    const loaded = await MultimodalCausalModel.load(saved);
    expect(loaded.columnScales).toEqual(model.columnScales);
    const [original, reloaded] = [await model.encode(dataset), await loaded.encode(dataset)];
    expect([...reloaded['omics']]).toEqual([...original['omics']]);
    await loaded.dispose();
  });

  test('expects and draws e times the counts if the logarithm of the size is higher by 1', async () => {
    const saved = join(folder, 'generative');
    await model.save(saved);
    const { summary, parameters } = await readRun(saved);
    const generative = new GenerativeModel(summary, parameters, { threads: 1 });
    const rows = 2000;
    const v = new Float32Array(rows * generative.width);
    const random = new RandomStream(4, 2);
    const variables = columnVariables(summary).filter(({ modality: name }) => name === 'omics');
    const read = (size: number) =>
      generative.read(v, { sizeOf: (_, m) => (m === 0 ? size : 9), randomOf: () => random });
    const [ordinary, large] = [await read(0), await read(1)];
    await generative.dispose();
    for (const { at, inUnits } of variables) {
      expect(inUnits(large.x[at]) / inUnits(ordinary.x[at])).toBeCloseTo(Math.E, 3);
      const average = ({ drawn: all }: Read): number => {
        const values = Array.from({ length: rows }, (_, row) => inUnits(all[row * generative.layout.values + at]));
        return values.reduce((a, b) => a + b) / rows;
      };
      for (const one of [ordinary, large]) expect(Math.abs(average(one) / inUnits(one.x[at]) - 1)).toBeLessThan(0.15);
    }
    const rebuilt = [ordinary, large].map(({ x }) => x[0]);
    expect(rebuilt).toEqual([0, 1]);
    expect(ordinary.x.subarray(11, 14)).toEqual(large.x.subarray(11, 14));
  });

  test('imputes a missing count but not the size', async () => {
    const cells: string[] = [];
    for await (const { column, value } of model.impute(dataset)) {
      cells.push(column.name);
      expect(value.mean).toBeGreaterThan(0);
    }
    expect(cells).toEqual(['omics.g0']);
  });

  test('is measured, tested and reported without the size', async () => {
    expect(missingnessTests(dataset).map(({ column }) => column)).not.toContain('depth');
    const html = await model.report({ study: dataset });
    expect(html).toContain('g3');
    expect(html).not.toContain('omics.depth');
  });
});
