// The observed causes of a subject say something about its absent modalities. Questions and `encode` use those of the
// data set, of the study, or of the request.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { selectCauses } from '../../src/data/causes.js';
import type { Dataset, Subjects } from '../../src/data/dataset.js';
import { presenceOf } from '../../src/data/presence.js';
import { ModelLatents } from '../../src/inference/model-latents.js';
import { mean } from '../../src/metrics/vectors.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { savedGaussian, type QuestionOptions } from '../../src/questions/index.js';
import { examineSubjects } from '../../src/report/examined-subjects.js';
import { Service } from '../../src/serving/index.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { readStudy } from '../../src/study/study.js';
import { readRun } from '../../src/training/run-folder.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();
const RUN = join(folder, 'run');
let dataset: Dataset;
let arms: readonly string[];
let model: MultimodalCausalModel;

beforeAll(async () => {
  // a2 acts on m2 alone, so m1 says nothing about it.
  const simulation = simulate('pair', {
    ...{ seed: 5, samples: 500, test: 60, levels: 'shift', targets: [['m1.z1'], ['m2.z2']] },
  });
  await writeSimulation(simulation, join(folder, 'data'));
  ({ dataset } = await readStudy(join(folder, 'data/study.yaml')));
  const [arm] = dataset.causes!;
  arms = Array.from(arm.values, (position) => arm.levels![position]);
  const settings = { flow: 'affine', batch: 64, epochs: 30, threads: 1, evidence: 'none' } as const;
  model = await MultimodalCausalModel.fit(dataset, { ...settings, subspaces: 'linear', componentRestarts: 1 });
  await model.save(RUN);
});

afterAll(() => model.dispose());

/** Returns the first subjects without m2. */
function withoutM2(count: number): Subjects {
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  const [m1, m2] = dataset.modalities.map((modality) => {
    return { ...modality, values: modality.values.slice(0, count * modality.columns.length) };
  });
  const absent = { ...m2, values: m2.values.map(() => 0), observed: new Uint8Array(m2.values.length) };
  return { ids: dataset.ids.slice(0, count), modalities: [m1, absent], causes: selectCauses(dataset.causes!, rows) };
}

/** Returns the predicted means of the columns of m2 by subject. */
async function predicted(
  subjects: Subjects,
  options: Pick<QuestionOptions<'impute'>, 'causes'> = {},
): Promise<number[][]> {
  const rows: number[][] = subjects.ids.map(() => []);
  const cells = model.impute(subjects, { draws: 30, ...options });
  for await (const { row, value } of cells) rows[row].push(value.mean);
  return rows;
}

const columnMeans = (rows: readonly (readonly number[])[]) =>
  rows[0].map((_, column) => mean(rows.map((row) => row[column])));

describe('draws of an absent modality', () => {
  test('change with the stated cause as the columns do', async () => {
    const subjects = withoutM2(300);
    const of = async (arm: string) => columnMeans(await predicted(subjects, { causes: { arm } }));
    const [control, treated] = [await of('control'), await of('a2')];
    const { values, columns } = dataset.modalities[1];
    const measured = (arm: string) => {
      const rows = arms.flatMap((one, row) => (one === arm ? [[...values.subarray(row * 20, (row + 1) * 20)]] : []));
      return columnMeans(rows);
    };
    expect(columns).toHaveLength(20);
    const [before, after] = [measured('control'), measured('a2')];
    const pairs = before.map((value, i) => [treated[i] - control[i], after[i] - value]);
    const product = (a: number, b: number) => pairs.reduce((sum, pair) => sum + pair[a] * pair[b], 0);
    expect(product(0, 1) / Math.sqrt(product(0, 0) * product(1, 1))).toBeGreaterThan(0.95);
  });

  test('use the causes of the data set, and none if they are unknown', async () => {
    const subjects = withoutM2(6);
    const [ofStudy, unknown] = [await predicted(subjects), await predicted({ ...subjects, causes: undefined })];
    for (const [row, values] of ofStudy.entries()) {
      const stated = await predicted(subjects, { causes: { arm: arms[row] } });
      expect(values).toEqual(stated[row]);
      expect(values).not.toEqual(unknown[row]);
    }
    await expect(predicted(subjects, { causes: { arm: 'a9' } })).rejects.toMatchObject({ code: 'unknown-level' });
  });

  test('of counterfactuals depend on the causes that subjects have', async () => {
    const subjects = withoutM2(4);
    const anything = { untested: true, assumeOrder: true, undetermined: true, draws: 30 } as const;
    const before = async (arm: string) => {
      const means: number[] = [];
      const answers = model.counterfactual(subjects, { 'm2.z2': 1 }, { ...anything, causes: { arm } });
      for await (const { consequences } of answers) {
        means.push(...consequences.filter(({ kind }) => kind === 'column').map((one) => one.factual.mean));
      }
      return means;
    };
    expect(await before('a2')).not.toEqual(await before('control'));
  });
});

test('the report examines subjects with their causes', async () => {
  const { summary, parameters } = await readRun(RUN);
  const fitted = { model: summary.model, missing: summary.config, parameters, causes: summary.causes };
  const latents = new ModelLatents({ ...fitted, gaussian: () => savedGaussian(parameters) }, summary.columns, {});
  const posteriors = await Promise.all(
    [dataset.causes, undefined].map(async (causes) => {
      const part = { ...dataset, ...withoutM2(8), causes };
      const split = { train: Int32Array.of(0, 1, 2, 3), validation: Int32Array.of(4, 5), test: Int32Array.of(6, 7) };
      const subjects = { ...part, split, causes: causes && withoutM2(8).causes };
      const examined = await examineSubjects(subjects as Dataset, { summary, parameters, latents, options: {} });
      return examined.posterior['m2'];
    }),
  );
  await latents.dispose();
  expect(posteriors[0].mean).toEqual((await model.posterior(withoutM2(8)))['m2'].mean);
  expect(posteriors[0].mean).not.toEqual(posteriors[1].mean);
});

describe('encode', () => {
  const inferred = async (subjects: Subjects) => Array.from((await model.encode(subjects)).m2);

  test('the command reads the causes of the study; a subject whose cause is unknown stays', async () => {
    const lines = readFileSync(join(folder, 'data/m2.csv'), 'utf8').trim().split('\n');
    file('data/part.csv', `${[lines[0], ...lines.slice(300)].join('\n')}\n`);
    const subjects = readFileSync(join(folder, 'data/subjects.csv'), 'utf8').trim().split('\n');
    file('data/arms.csv', `${subjects.map((line, row) => (row === 1 ? line.replace(/,.*/, ',') : line)).join('\n')}\n`);
    const text = readFileSync(join(folder, 'data/study.yaml'), 'utf8');
    const changed = text
      .replace('m2.csv', 'part.csv')
      .replace('subjects.csv', 'arms.csv')
      .replace('id: id', 'id: id\nmissing: keep');
    const path = file('data/part.yaml', changed);
    const out = join(folder, 'latents.csv');
    await commandHere(['encode', RUN, path, '--out', out], folder);
    const [header, ...written] = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    expect(written).toHaveLength(dataset.ids.length);
    const { dataset: part } = await readStudy(path, {
      scales: model.columnScales,
      partial: true,
      keepUnknownCauses: true,
      causes: model.summary.causes,
    });
    const [known, unknown] = [await inferred(part), await inferred({ ...part, causes: undefined })];
    const width = known.length / part.ids.length;
    const rowOf = (all: readonly number[], row: number) => all.slice(row * width, (row + 1) * width);
    const absent = [...presenceOf(part.modalities[1]).keys()].filter(
      (row) => presenceOf(part.modalities[1])[row] === 0,
    );
    expect(absent.length).toBeGreaterThan(200);
    const [first, ...rest] = absent;
    expect(rowOf(known, first)).toEqual(rowOf(unknown, first));
    for (const row of rest) expect(rowOf(known, row)).not.toEqual(rowOf(unknown, row));
    const column = header.indexOf('m2.z1');
    for (const row of absent) expect(Number(written[row][column])).toBeCloseTo(known[row * width], 5);
  });

  test('the server takes the causes of a request, also in one batch with other requests', async () => {
    const service = await Service.create({ models: { trial: RUN } });
    const { values } = dataset.modalities[0];
    const [m1, m2] = model.columnScales.map(({ columns }) => columns.map(({ name }) => name));
    const measured = Object.fromEntries(m1.map((name, c) => [name, values[c]]));
    const rows = [{ m1: measured, m2: { [m2[0]]: null } }];
    const caller = { aborted: false, signal: () => new AbortController().signal, client: 'test' };
    const ask = async (causes?: object) => {
      const request = JSON.stringify({ rows, partial: true, causes });
      const { status, body: text } = await service.answer('encode', 'trial', request, caller);
      return { status, ...(JSON.parse(text) as { latents: { m2: object }[]; error?: { code: string } }) };
    };
    const [control, treated, none] = await Promise.all([ask({ arm: 'control' }), ask({ arm: 'a2' }), ask()]);
    const read = model.readRows(rows, { partial: true });
    const expected = async (arm?: string) => {
      const causes =
        arm === undefined
          ? undefined
          : [{ ...dataset.causes![0], values: Float64Array.of(dataset.causes![0].levels!.indexOf(arm)) }];
      const all = await model.encode({ ...read, causes }, { partial: true });
      return Object.fromEntries(Array.from(all.m2, (value, z) => [`z${z + 1}`, expect.closeTo(value, 5)]));
    };
    expect(control.latents[0].m2).toEqual(await expected('control'));
    expect(treated.latents[0].m2).toEqual(await expected('a2'));
    expect(none.latents[0].m2).toEqual(await expected());
    expect(treated.latents[0].m2).not.toEqual(control.latents[0].m2);
    expect(await ask({ arm: 'a9' })).toMatchObject({ status: 400, error: { code: 'unknown-level' } });
    await service.close();
  });
});
