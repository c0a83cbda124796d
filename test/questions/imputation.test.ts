// Imputed cells combine the decoder with a Gaussian over all columns: the weights from hidden cells of validation
// subjects, and their persistence in a RUN folder.

import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ColumnScale, Dataset, Modality, ModalityScales } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { selectSubjects } from '../../src/data/select-rows.js';
import type { ColumnKind } from '../../src/likelihoods/kinds.js';
import { hiddenFolds } from '../../src/linear/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import type { ImputedCell } from '../../src/questions/index.js';
import { checkCompletable, completedTables } from '../../src/questions/completed.js';
import { joinedDraws } from '../../src/questions/gaussian-answers.js';
import { columnVariables } from '../../src/questions/variables.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const [ROWS, COLUMNS] = [500, 8];

/** Two modalities with a common factor. Columns also correlate in pairs, which two latents cannot represent. */
function pairedColumns(): Dataset {
  const random = new RandomStream(11, 0);
  const normal = (): number => random.normal();
  const tables = [0, 1].map(() => new Float32Array(ROWS * COLUMNS));
  for (let row = 0; row < ROWS; row++) {
    const factor = normal();
    for (const table of tables) {
      for (let pair = 0; pair < COLUMNS / 2; pair++) {
        const pairValue = normal();
        for (let k = 0; k < 2; k++) {
          table[row * COLUMNS + 2 * pair + k] = 0.6 * factor + 0.75 * pairValue + 0.28 * normal();
        }
      }
    }
  }
  const modalities = tables.map((values, m): Modality => ({
    name: `m${m + 1}`,
    columns: Array.from({ length: COLUMNS }, (_, c) => ({ name: `x${c + 1}`, log: false, offset: 0, mean: 0, sd: 1 })),
    values,
    latents: 1,
    exogenous: 1,
  }));
  const rows = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  const split = { train: rows(0, 300), validation: rows(300, 400), test: rows(400, 500) };
  const dataset = { ids: Array.from({ length: ROWS }, (_, row) => `s${row}`), modalities, split, fingerprint: '' };
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}

/** The first column of m1 is missing for all subjects, and all of m2 for half of the test split. */
function holed(dataset: Dataset): Dataset {
  const modalities = dataset.modalities.map((modality, m): Modality => {
    const observed = modality.values.map((_, at) => {
      const isHole = m === 0 ? at % COLUMNS === 0 : at >= 450 * COLUMNS;
      return isHole ? 0 : 1;
    });
    return {
      ...modality,
      observed: Uint8Array.from(observed),
      values: modality.values.map((value, at) => value * observed[at]),
    };
  });
  return { ...dataset, modalities };
}

async function cellsOf(answers: AsyncGenerator<ImputedCell>): Promise<ImputedCell[]> {
  const cells = [];
  for await (const cell of answers) cells.push(cell);
  return cells;
}

describe('a fit of columns with more information about each other than the latents have', () => {
  const dataset = pairedColumns();
  let model: MultimodalCausalModel;

  beforeAll(async () => {
    const settings = { fit: 'joint', encoderRestarts: 1, epochs: 10, evidence: 'none', threads: 1, seed: 0 } as const;
    model = await MultimodalCausalModel.fit(dataset, settings);
  }, 60_000);

  afterAll(async () => {
    await model.dispose();
  });

  test('is never worse on hidden cells of validation subjects than decoder or Gaussian alone', () => {
    const { modalities, shrinkage } = model.summary.imputation!;
    expect(shrinkage).toBeLessThan(0.3);
    for (const mix of modalities.flatMap(({ cells, whole }) => [cells!, whole!])) {
      expect(mix.weight).toBeGreaterThanOrEqual(0);
      expect(mix.weight).toBeLessThanOrEqual(1);
      expect(mix.r2.both).toBeGreaterThanOrEqual(Math.max(mix.r2.decoder, mix.r2.gaussian) - 1e-9);
      expect(mix.spread).toHaveLength(COLUMNS);
    }
    for (const { cells } of modalities) expect(cells!.r2.gaussian).toBeGreaterThan(cells!.r2.decoder + 0.1);
  });

  test('uses the information of neighbouring columns: R² is close to that of the true distribution', async () => {
    const rows = dataset.split.test;
    const subjects = Array.from(rows, (row) => dataset.ids[row]);
    const cells = await cellsOf(model.impute(holed(dataset), { subjects, draws: 60 }));
    const single = cells.filter(({ column }) => column.m === 0);
    expect(single).toHaveLength(100);
    const { r2, inside } = figures(single);
    // Given its partner, a column has a residual variance of about 0.15 out of 1.0009.
    expect(r2).toBeGreaterThan(0.75);
    expect(inside).toBeGreaterThan(0.8);
    expect(inside).toBeLessThan(0.98);
    const whole = cells.filter(({ column }) => column.m === 1);
    expect(whole).toHaveLength(50 * COLUMNS);
    // The factor explains 0.36 of each column, and four pairs of m1 determine 0.7 of the factor.
    expect(figures(whole).r2).toBeGreaterThan(0.05);
    expect(figures(whole).inside).toBeGreaterThan(0.8);
  });

  function figures(cells: readonly ImputedCell[]): { readonly r2: number; readonly inside: number } {
    let [residual, total, inside] = [0, 0, 0];
    for (const { row, column, value } of cells) {
      const is = dataset.modalities[column.m].values[row * COLUMNS + column.c];
      residual += (is - value.mean) ** 2;
      total += is ** 2;
      if (is >= value.low && is <= value.high) inside++;
    }
    return { r2: 1 - residual / total, inside: inside / cells.length };
  }

  test('a saved RUN imputes the same values; without a Gaussian, the decoder answers alone', async () => {
    const run = join(folder, 'run');
    await model.save(run);
    const ask = async (one: MultimodalCausalModel) =>
      (await cellsOf(one.impute(holed(dataset), { subjects: ['s400', 's460'], draws: 10 }))).map(({ value }) => value);
    await using loaded = await MultimodalCausalModel.load(run);
    expect(await ask(loaded)).toEqual(await ask(model));
    const path = join(run, 'run.json');
    const { imputation, ...earlier } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    expect(imputation).toBeDefined();
    writeFileSync(path, JSON.stringify(earlier));
    await using decoder = await MultimodalCausalModel.load(run);
    expect(await ask(decoder)).not.toEqual(await ask(model));
  });

  test('R² of the decoder is that of its reconstructions while cells of a subject are hidden in turn', async () => {
    const rows = dataset.split.validation;
    const truths = dataset.modalities.map((modality) => selectSubjects(modality, COLUMNS, rows).values);
    const ids = Array.from(rows, (row) => dataset.ids[row]);
    const beside = Float64Array.from({ length: rows.length * 2 * COLUMNS }, (_, at) => {
      const [row, c] = [Math.floor(at / (2 * COLUMNS)), at % (2 * COLUMNS)];
      return truths[Math.floor(c / COLUMNS)][row * COLUMNS + (c % COLUMNS)];
    });
    const samples = { values: beside, rows: rows.length, columns: 2 * COLUMNS };
    let [residual, total] = [0, 0];
    for (const folds of hiddenFolds({ samples, observed: undefined })) {
      const mark = (m: number, at: number) =>
        folds[Math.floor(at / COLUMNS) * 2 * COLUMNS + m * COLUMNS + (at % COLUMNS)];
      const modalities = dataset.modalities.map((modality, m): Modality => {
        const observed = Uint8Array.from(truths[m], (_, at) => mark(m, at));
        return { ...modality, observed, values: truths[m].map((value, at) => value * observed[at]) };
      });
      const { m1 } = await model.reconstruct({ ...dataset, ids, modalities });
      truths[0].forEach((value, at) => {
        if (mark(0, at) === 1) return;
        residual += (value - m1[at]) ** 2;
        total += value ** 2;
      });
    }
    expect(model.summary.imputation!.modalities[0].cells!.r2.decoder).toBeCloseTo(1 - residual / total, 1);
  });
});

test('draws move to the weighted mean and get the width of the errors, and their shape does not change', () => {
  const draws = Float64Array.of(0, 0, 0, 4);
  const joined = joinedDraws(draws, 0.5, { mean: 1.5, sd: 2, weight: 0.25 });
  const mean = joined.reduce((sum, value) => sum + value, 0) / 4;
  expect(mean).toBeCloseTo(0.75, 12);
  expect(Math.sqrt(joined.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4)).toBeCloseTo(2, 12);
  expect(joined[3]).toBeGreaterThan(joined[0]);
  expect(joinedDraws(Float64Array.of(1, 1), 1, { mean: 3, sd: 2, weight: 1 })).toEqual(Float64Array.of(3, 3));
});

describe('tables without gaps', () => {
  const scale = { log: false, offset: 0, mean: 0, sd: 1 };
  const values = (of: string, kind: ColumnKind, names: string[], first: number): ColumnScale[] =>
    names.map((name, i) => ({ ...scale, name: `${of}${name}`, of, kind, level: first + i }));
  const scales = [
    {
      name: 'body',
      columns: [
        { ...scale, name: 'weight' },
        { ...scale, name: 'smoker', kind: 'binary' },
        ...values('group', 'categorical', ['=a', '=b', '=c'], 0),
        ...values('grade', 'ordinal', ['>=mild', '>=severe'], 1),
        { ...scale, name: 'visits', kind: 'count' },
        { ...scale, name: 'years', kind: 'size' },
      ],
    },
  ] satisfies ModalityScales[];
  const table = {
    name: 'body',
    columns: [
      { name: 'weight', values: Float64Array.of(70.1, NaN) },
      { name: 'smoker', values: Float64Array.of(1, NaN), levels: ['no', 'yes'] },
      { name: 'group', values: Float64Array.of(NaN, 0), levels: ['a', 'b', 'c'] },
      { name: 'grade', values: Float64Array.of(NaN, NaN), levels: ['none', 'mild', 'severe'] },
      { name: 'visits', values: Float64Array.of(3, NaN) },
      { name: 'years', values: Float64Array.of(2.5, NaN) },
    ],
  };
  const cells = (row: number, means: Readonly<Record<string, number>>): ImputedCell[] =>
    columnVariables({ columns: scales }).flatMap((column) => {
      if (!(column.column in means)) return [];
      const mean = means[column.column];
      return [{ row, column, value: { mean, sd: 0, median: mean, low: mean, high: mean } }];
    });

  test('observed values stay; missing levels become the most probable level, missing counts the expected count', () => {
    const imputed = [
      // P(none) = 0.45, P(mild) = 0.25, P(severe) = 0.3: none is the most probable level, although P(above none) >
      // P(none).
      ...cells(0, { 'group=a': 0.2, 'group=b': 0.5, 'group=c': 0.3, 'grade>=mild': 0.55, 'grade>=severe': 0.3 }),
      ...cells(1, { weight: 64.25, smoker: 0.4, 'grade>=mild': 0.9, 'grade>=severe': 0.5, visits: 1.75 }),
    ];
    expect(completedTables([table], scales, imputed)).toEqual([
      {
        name: 'body',
        columns: [
          { name: 'weight', values: Float64Array.of(70.1, 64.25) },
          { name: 'smoker', values: ['yes', 'no'] },
          { name: 'group', values: ['b', 'a'] },
          { name: 'grade', values: ['none', 'severe'] },
          { name: 'visits', values: Float64Array.of(3, 1.75) },
          { name: 'years', values: Float64Array.of(2.5, NaN) },
        ],
      },
    ]);
  });

  test('a missing share of the total of a row has no value in the unit of the table', () => {
    const shares = scales.map((pairValue) => ({
      ...pairValue,
      transform: { kind: 'cpm', over: ['weight'], meanTotal: 1 } as const,
    }));
    expect(() => checkCompletable([table], shares)).toThrow(expect.objectContaining({ code: 'no-inverse' }));
    const whole = { ...table, columns: [{ name: 'weight', values: Float64Array.of(70, 80) }] };
    expect(() => checkCompletable([whole], shares)).not.toThrow();
  });
});
