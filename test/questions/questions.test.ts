// Questions to a fitted model: effects of intervening, counterfactuals, imputation, prediction, and new subjects.

import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { counterfactualCommand } from '../../src/cli/counterfactual.js';
import { imputeCommand, predictCommand } from '../../src/cli/impute.js';
import { interveneCommand } from '../../src/cli/intervene.js';
import { simulateCommand } from '../../src/cli/simulate.js';
import { readTable } from '../../src/files/read-table.js';
import { scalarFlow } from '../../src/nn/scalar-flow.js';
import { epsilon } from '../../src/graph/mixture-reference.js';
import { MIXTURE_LIMITS } from '../../src/nn/mixture-flow.js';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { nearestDistances, parseSetting, type ImputedCell, type Setting } from '../../src/questions/index.js';
import { meanCorrelation } from '../../src/metrics/index.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { intervene } from '../../src/simulation/interventions.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate, type Simulation } from '../../src/simulation/simulate.js';
import { readStudy } from '../../src/study/study.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
/** Options that allow all questions, since the fits here are not tested. */
const ANYTHING = {
  undetermined: true,
  unreplicated: true,
  untested: true,
  assumeOrder: true,
} as const;

describe('one latent of the flow, in double precision', () => {
  const random = new RandomStream(5, 0);
  const thetas = Array.from({ length: 30 }, () =>
    Float64Array.from({ length: 15 }, (_, i) => (i < 10 ? 1.5 * random.normal() : -1 + 0.7 * random.normal())),
  );

  test('the latent of a mixture flow has the requested ε, also in the tails', () => {
    const flow = scalarFlow({ flow: 'mixture', components: 5 });
    for (const theta of thetas) {
      for (const wanted of [-4, -1.3, 0, 0.2, 2.5, 4.5]) {
        expect(epsilon(flow.inverse(wanted, theta), theta, MIXTURE_LIMITS)).toBeCloseTo(wanted, 6);
      }
    }
  });

  test('moving a latent with its ε there and back gives the same value, and preserves the order of values', () => {
    const flow = scalarFlow({ flow: 'mixture', components: 5 });
    thetas.slice(1).forEach((after, i) => {
      const before = thetas[i];
      const moved = [-2, 0.3, 1.7].map((z) => flow.moved(z, before, after));
      expect([...moved].sort((a, b) => a - b)).toEqual(moved);
      moved.forEach((z, k) => {
        expect(flow.moved(z, after, before)).toBeCloseTo([-2, 0.3, 1.7][k], 6);
      });
    });
  });

  test('an affine flow is a location and a scale', () => {
    const flow = scalarFlow({ flow: 'affine', components: 1 });
    const theta = Float64Array.of(0.5, Math.log(2));
    expect(flow.inverse(1.5, theta)).toBeCloseTo(3.5, 12);
    expect(flow.moved(3.5, theta, Float64Array.of(-1, 0))).toBeCloseTo(0.5, 12);
  });
});

describe('settings', () => {
  test('values, and standard deviations from the mean', () => {
    expect(parseSetting('body.z1=+1sd, blood.z2=-0.5')).toEqual({ 'body.z1': { sd: 1 }, 'blood.z2': -0.5 });
    expect(parseSetting('a.z1=.5SD,b.z1=1e-2')).toEqual({ 'a.z1': { sd: 0.5 }, 'b.z1': 0.01 });
  });

  test.each(['', 'body.z1', 'body.z1=', 'body.z1=1=2', 'a.z1=1,a.z1=2', 'a.z1=1,'])('refused: %s', (text) => {
    expect(() => parseSetting(text)).toThrow(expect.objectContaining({ code: 'invalid-setting' }));
  });
});

describe('a fit of case 1', () => {
  let simulation: Simulation;
  let dataset: Dataset;
  let model: MultimodalCausalModel;
  /** The fitted latent for each true one, and its value at the same quantile of the training subjects. */
  let fitted: (latent: number, value: number) => Setting;

  beforeAll(async () => {
    simulation = simulate('case1', { seed: 0, samples: 2500, test: 500 });
    dataset = simulatedDataset(simulation);
    // A single short restart would lose to residual subspaces, but these questions need a network.
    const subspaces = 'network';
    const settings = {
      encoderRestarts: 1,
      componentRestarts: 8,
      epochs: 25,
      subspaces,
      evidence: 'none',
      threads: 2,
      seed: 0,
    } as const;
    model = await MultimodalCausalModel.fit(dataset, settings);
    const { m1, m2 } = await model.encode(dataset);
    const rows = dataset.ids.length;
    const estimated = Float64Array.from({ length: 4 * rows }, (_, at) => {
      return [m1, m2][Math.floor((at % 4) / 2)][2 * Math.floor(at / 4) + (at % 2)];
    });
    const samples = (values: Float64Array) => ({ values, rows, columns: 4 });
    const { matching } = meanCorrelation(samples(simulation.z), samples(estimated), { modalities: [2, 2] }).spearman;
    const column = (values: Float64Array, at: number) =>
      Float64Array.from(dataset.ids, (_, row) => values[row * 4 + at]);
    fitted = (latent, value) => {
      const match = matching[latent];
      const [truth, estimate] = [column(simulation.z, latent), column(estimated, match)];
      const sign = Math.sign(truth.reduce((sum, one, row) => sum + one * estimate[row], 0));
      const below = truth.filter((one) => one < value).length / rows;
      const sorted = Float64Array.from(estimate).sort();
      const at = sorted[Math.floor((sign > 0 ? below : 1 - below) * rows)];
      return { [`m${Math.floor(match / 2) + 1}.z${(match % 2) + 1}`]: at };
    };
  }, 120_000);

  afterAll(async () => {
    await model.dispose();
  });

  const truthOf = (set: Readonly<Record<string, number>>) => intervene(simulation, set).modalities;
  const columnOf = (modality: { x: Float64Array; columns: number }, c: number) =>
    Float64Array.from(simulation.ids, (_, row) => modality.x[row * modality.columns + c]);
  const mean = (values: Iterable<number>) => {
    const all = [...values];
    return all.reduce((a, b) => a + b, 0) / all.length;
  };

  test('do(z): means of columns downstream match the simulator, and intervals contain its subjects', async () => {
    const setting = fitted(0, 1);
    const result = await model.intervene(setting, { draws: 500, ...ANYTHING });
    const truth = truthOf({ 'm1.z1': 1 });
    const columns = result.consequences.filter(({ kind }) => kind === 'column');
    expect(columns).toHaveLength(30);
    const figures = columns.map(({ modality, name, after }) => {
      const is = columnOf(truth[Number(modality.slice(1)) - 1], Number(name.split('.x')[1]) - 1);
      const inside = is.filter((value) => value >= after.low && value <= after.high).length / is.length;
      return { error: Math.abs(after.mean - mean(is)), inside };
    });
    expect(mean(figures.map(({ error }) => error))).toBeLessThan(0.1);
    expect(mean(figures.map(({ inside }) => inside))).toBeGreaterThan(0.83);
    expect(mean(figures.map(({ inside }) => inside))).toBeLessThan(0.96);
  });

  test('the same seed gives the same answer, and another seed a different one', async () => {
    const setting = fitted(0, 1);
    const ask = (seed: number) => model.intervene(setting, { draws: 50, seed, ...ANYTHING });
    const [one, again, other] = [await ask(1), await ask(1), await ask(2)];
    expect(again).toEqual(one);
    expect(other.consequences[0].before).not.toEqual(one.consequences[0].before);
  });

  test('a latent without effects changes only the columns of its modality', async () => {
    const [child] = Object.keys(fitted(2, 0));
    const { consequences } = await model.intervene({ [child]: { sd: 1 } }, { draws: 20, ...ANYTHING });
    expect(new Set(consequences.map(({ modality }) => modality))).toEqual(new Set(['m2']));
    const set = consequences.find(({ name }) => name === child)!;
    const { mean: centre, sd } = model.summary.ranges.latents[['m1.z1', 'm1.z2', 'm2.z1', 'm2.z2'].indexOf(child)];
    expect(set.after).toMatchObject({ mean: expect.closeTo(centre + sd, 9), sd: expect.closeTo(0, 9) });
  });

  test('effects follow the named edges; without edges, only columns of the modality change', async () => {
    const { edges } = model.graph;
    const cross = edges.find(({ from, to }) => from.slice(0, 2) !== to.slice(0, 2))!;
    const setting = { [cross.from]: { sd: 1 } };
    const ask = (some?: typeof edges) => model.intervene(setting, { draws: 20, ...ANYTHING, edges: some });
    expect(await ask(edges)).toEqual(await ask());
    const modalities = async (some: typeof edges) => (await ask(some)).consequences.map(({ modality }) => modality);
    expect(new Set(await modalities([]))).toEqual(new Set([cross.from.slice(0, 2)]));
    expect(new Set(await modalities([cross]))).toEqual(new Set(['m1', 'm2']));
    const other = { ...cross, from: 'm1.z9' };
    await expect(ask([other])).rejects.toMatchObject({ code: 'unknown-latent' });
  });

  test('counterfactuals of held-out subjects match the simulator, whose noises are known', async () => {
    const subjects = Array.from(dataset.split.test.subarray(0, 60));
    const truth = truthOf({ 'm1.z1': 1 });
    const pairs = new Map<string, [number, number][]>();
    const ids = subjects.map((row) => dataset.ids[row]);
    const options = { subjects: ids, draws: 20, ...ANYTHING };
    for await (const { row, consequences } of model.counterfactual(dataset, fitted(0, 1), options)) {
      for (const { name, kind, modality, factual, counterfactual, effect } of consequences) {
        if (kind === 'latent') continue;
        const [m, c] = [Number(modality.slice(1)) - 1, Number(name.split('.x')[1]) - 1];
        // The factual value is the observed value, in single precision.
        expect(factual.mean).toBeCloseTo(simulation.modalities[m].x[row * 15 + c], 4);
        expect(counterfactual.mean - factual.mean).toBeCloseTo(effect.mean, 9);
        pairs.set(name, [...(pairs.get(name) ?? []), [counterfactual.mean, truth[m].x[row * 15 + c]]]);
      }
    }
    const correlations = Array.from(pairs.values(), (matched) => {
      const [a, b] = [0, 1].map((k) => matched.map((pair) => pair[k]));
      const [ma, mb] = [mean(a), mean(b)];
      const product = mean(a.map((value, i) => (value - ma) * (b[i] - mb)));
      return product / Math.sqrt(mean(a.map((v) => (v - ma) ** 2)) * mean(b.map((v) => (v - mb) ** 2)));
    });
    expect(correlations).toHaveLength(30);
    expect(mean(correlations)).toBeGreaterThan(0.9);
  });

  test('the counterfactual of a subject does not depend on the other requested subjects', async () => {
    const [a, b] = [dataset.ids[7], dataset.ids[300]];
    const ask = async (subjects: string[]) => {
      const answers = [];
      const options = { subjects, draws: 10, ...ANYTHING };
      for await (const answer of model.counterfactual(dataset, fitted(0, 1), options)) answers.push(answer);
      return answers;
    };
    const [together, alone] = [await ask([a, b]), await ask([b])];
    expect(together[1]).toEqual(alone[0]);
  });

  /** Modality m2 of the first test subjects is missing, and one cell of m1, too. */
  function holed(count: number): Dataset {
    const rows = new Set(dataset.split.test.subarray(0, count));
    const modalities = dataset.modalities.map((modality, m): Modality => {
      const observed = new Uint8Array(modality.values.length).fill(1);
      for (const row of rows) observed.fill(0, row * 15 + (m === 0 ? 4 : 0), row * 15 + (m === 0 ? 5 : 15));
      return { ...modality, observed, values: modality.values.map((value, at) => (observed[at] === 1 ? value : 0)) };
    });
    return { ...dataset, modalities };
  }

  async function cellsOf(answers: AsyncGenerator<ImputedCell>): Promise<ImputedCell[]> {
    const cells = [];
    for await (const cell of answers) cells.push(cell);
    return cells;
  }

  test('imputation returns only missing cells, close to the removed values and within its intervals', async () => {
    const cells = await cellsOf(model.impute(holed(60), { draws: 40 }));
    expect(cells).toHaveLength(60 * 16);
    const figures = cells.map(({ row, column, value }) => {
      const is = simulation.modalities[column.m].x[row * 15 + column.c];
      return { m: column.m, square: (is - value.mean) ** 2, inside: is >= value.low && is <= value.high };
    });
    const error = (m: number) => mean(figures.flatMap((one) => (one.m === m ? [one.square] : [])));
    // Other cells nearly determine a missing cell; a missing modality has 4/5 of the information of latents. Variances
    // are 1.
    expect(error(0)).toBeLessThan(0.15);
    expect(error(1)).toBeLessThan(0.8);
    expect(mean(figures.flatMap(({ m, inside }) => (m === 1 ? [Number(inside)] : [])))).toBeGreaterThan(0.82);
    expect(mean(figures.flatMap(({ m, inside }) => (m === 1 ? [Number(inside)] : [])))).toBeLessThan(0.97);
  });

  test('a prediction uses only the modalities that it is made from', async () => {
    const subjects = [dataset.ids[dataset.split.test[0]]];
    const options = { from: ['m1'], to: ['m2'], subjects, draws: 20 };
    const cells = await cellsOf(model.predict(dataset, options));
    expect(cells.map(({ column }) => column.name)).toEqual(
      dataset.modalities[1].columns.map(({ name }) => `m2.${name}`),
    );
    const blinded = { ...dataset, modalities: [dataset.modalities[0], holed(1).modalities[1]] };
    const blind = await cellsOf(model.predict(blinded, options));
    expect(blind.map(({ value }) => value)).toEqual(cells.map(({ value }) => value));
  });

  test('new subjects have the distribution of the training subjects and are not copies of them', async () => {
    const { tables, latents, standardised } = await model.generate(300, { seed: 3 });
    expect(latents.map(({ name }) => name)).toEqual(['m1.z1', 'm1.z2', 'm2.z1', 'm2.z2']);
    for (const { columns } of tables) {
      for (const { values } of columns) {
        const centre = mean(values);
        expect(Math.abs(centre)).toBeLessThan(0.3);
        expect(Math.abs(Math.sqrt(mean(values.map((value) => (value - centre) ** 2))) - 1)).toBeLessThan(0.2);
      }
    }
    const people = dataset.modalities.map(({ values }) => ({ values: values.slice(0, 200 * 15) }));
    const near = nearestDistances(model.summary, standardised, people);
    expect(near.generated).toBeGreaterThan(0.3 * near.training);
    expect(near.generated).toBeLessThan(3 * near.training);
    const copied = Float64Array.from({ length: 30 * 50 }, (_, at) => {
      const [row, c] = [Math.floor(at / 30), at % 30];
      return people[Math.floor(c / 15)].values[row * 15 + (c % 15)];
    });
    expect(nearestDistances(model.summary, copied, people).generated).toBe(0);
  });

  test('a RUN folder has everything that answers need', async () => {
    const run = join(folder, 'run');
    await model.save(run);
    await using loaded = await MultimodalCausalModel.load(run);
    const setting = fitted(0, 1);
    const ask = (one: MultimodalCausalModel) => one.intervene(setting, { draws: 20, ...ANYTHING });
    expect(await ask(loaded)).toEqual(await ask(model));
  });

  test('impossible questions are refused with a remedy, and doubtful answers have warnings', async () => {
    const refused = async (setting: Setting, code: string, message: RegExp) => {
      await expect(model.intervene(setting, ANYTHING)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    };
    await refused({ 'm1.z9': 1 }, 'unknown-latent', /did you mean 'm1\.z1'/);
    await refused({}, 'invalid-setting', /write for example/);
    await refused({ 'm1.z1': NaN }, 'invalid-setting', /m1\.z1 is not a number/);
    await expect(model.intervene({ 'm1.z1': 0 }, { draws: 1, ...ANYTHING })).rejects.toMatchObject({
      code: 'invalid-option',
    });
    await expect(cellsOf(model.impute(dataset, { subjects: ['s9999'] }))).rejects.toMatchObject({
      code: 'unknown-subject',
    });
    for (const [from, to] of [
      ['m1', 'm3'],
      ['m1', 'm1'],
    ]) {
      await expect(cellsOf(model.predict(dataset, { from: [from], to: [to] }))).rejects.toMatchObject({
        code: 'unknown-modality',
      });
    }
    const { warnings } = await model.intervene({ 'm1.z1': { sd: 9 } }, { draws: 10, ...ANYTHING });
    expect(warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(['beyond-training', 'no-evidence']));
  });
});

/** Flags of a fit that was not tested. */
const FIT_ALONE = ['--untested', '--assume-order'];

describe('commands', () => {
  const place = (name: string) => join(folder, 'commands', name);

  beforeAll(async () => {
    const simulation = simulate('case1', { seed: 3, samples: 300, test: 100, missingCells: 0.05, missingInTest: true });
    await writeSimulation(simulation, place('data'));
    const study = await readStudy(place('data/study.yaml'));
    const settings = {
      fit: 'joint',
      encoderRestarts: 1,
      epochs: 2,
      batch: 64,
      hidden: 8,
      evidence: 'none',
      threads: 1,
    } as const;
    await using model = await MultimodalCausalModel.fit(study, settings);
    await model.save(place('run'));
  });

  const run = (command: Command, ...words: string[]) =>
    command.exitOverride().parseAsync(['node', command.name(), ...words]);
  const written = async (name: string) => {
    const table = await readTable(place(name), { text: ['id'] });
    return { table, ids: table.texts('id') };
  };

  test('intervene writes the effects, and those on columns on request', async () => {
    await run(
      interveneCommand(),
      place('run'),
      ...FIT_ALONE,
      '--set',
      'm1.z1=+1sd',
      '--draws',
      '20',
      '--out',
      place('latents.csv'),
      '--json',
    );
    const columns = ['--show', 'columns', '--draws', '20', '--out', place('columns.csv'), '--json'];
    await run(interveneCommand(), place('run'), ...FIT_ALONE, '--set', 'm1.z1=+1sd', ...columns);
    const rows = async (name: string) =>
      (await readTable(place(name), { text: ['name', 'kind', 'modality', 'unit', 'direction'] })).rows;
    expect(await rows('columns.csv')).toBeGreaterThanOrEqual((await rows('latents.csv')) + 15);
  });

  test('counterfactual writes all subjects, impute the missing values, and predict a modality', async () => {
    const study = [place('run'), place('data/study.yaml')];
    const few = ['--draws', '4', '--json'];
    await run(
      counterfactualCommand(),
      ...study,
      ...FIT_ALONE,
      '--set',
      'm2.z1=0',
      '--out',
      place('people.csv'),
      ...few,
    );
    expect(new Set((await written('people.csv')).ids).size).toBe(400);
    await run(imputeCommand(), ...study, '--out', place('imputed.csv'), ...few);
    const missing = (await written('imputed.csv')).ids.length;
    expect(missing).toBeGreaterThan(400);
    expect(missing).toBeLessThan(800);
    await run(predictCommand(), ...study, '--from', 'm1', '--to', 'm2', '--out', place('predicted.csv'), ...few);
    expect((await written('predicted.csv')).ids).toHaveLength(400 * 15);
    await expect(run(counterfactualCommand(), ...study, '--set', 'm2.z1=0')).rejects.toMatchObject({
      code: 'invalid-option',
    });
  });

  test('impute --completed fills only the gaps of the tables, and replaces no table', async () => {
    const few = ['--draws', '4', '--json'];
    const study = [place('run'), place('data/study.yaml')];
    await run(imputeCommand(), ...study, '--completed', place('whole'), '--out', place('cells.parquet'), ...few);
    const cells = await readTable(place('cells.parquet'), { text: ['id', 'modality', 'column'] });
    const named = ['id', 'modality', 'column'].map((name) => cells.texts(name));
    const means = new Map(
      Array.from(cells.numbers('mean'), (mean, row) => {
        const [id, modality, column] = named.map((texts) => texts[row]);
        return [`${modality} ${id} ${column}`, mean];
      }),
    );
    let filled = 0;
    for (const modality of ['m1', 'm2']) {
      const [before, after] = [await written(`data/${modality}.csv`), await written(`whole/${modality}.parquet`)];
      const rowOf = new Map(before.ids.map((id, row) => [id, row]));
      expect(after.table.columns).toEqual(before.table.columns);
      expect(new Set(after.ids)).toEqual(new Set(before.ids));
      for (const column of after.table.columns.filter((name) => name !== 'id')) {
        const original = before.table.numbers(column);
        const expected = after.ids.map((id) => {
          const was = original[rowOf.get(id)!];
          if (!Number.isNaN(was)) return was;
          filled++;
          return means.get(`${modality} ${id} ${column}`);
        });
        expect([...after.table.numbers(column)]).toEqual(expected);
      }
    }
    expect(filled).toBe(means.size);
    symlinkSync(place('data'), place('linked'));
    for (const flags of [
      ['--completed', place('data')],
      ['--out', join(place('linked'), 'm2.csv')],
    ]) {
      await expect(run(imputeCommand(), ...study, ...flags, ...few)).rejects.toMatchObject({
        code: 'overwrites-study',
      });
    }
    for (const flags of [[], ['--completed', place('whole'), '--out', join(place('whole'), 'm1.csv')]]) {
      await expect(run(imputeCommand(), ...study, ...flags, ...few)).rejects.toMatchObject({ code: 'invalid-option' });
    }
  });

  test('simulate --from writes tables of new subjects and overwrites no file', async () => {
    const flags = ['--from', place('run'), '--subjects', '40', '--study', place('data/study.yaml'), '--json'];
    await run(simulateCommand(), ...flags, '--out', place('new'));
    for (const name of ['m1', 'm2', 'latents']) expect((await written(`new/${name}.csv`)).ids).toHaveLength(40);
    await expect(run(simulateCommand(), ...flags, '--out', place('new'))).rejects.toMatchObject({
      code: 'folder-exists',
    });
    await expect(run(simulateCommand(), '--out', place('nothing'))).rejects.toMatchObject({ code: 'invalid-option' });
  });
});

test('binary, ordinal and count columns are drawn with values that the tables could have', async () => {
  const simulation = simulate('case1', { seed: 1, samples: 600, test: 100, mixedColumns: 0.5 });
  const settings = {
    fit: 'joint',
    encoderRestarts: 1,
    epochs: 3,
    batch: 64,
    hidden: 8,
    evidence: 'none',
    threads: 1,
  } as const;
  await using model = await MultimodalCausalModel.fit(simulatedDataset(simulation), settings);
  const { tables } = await model.generate(50);
  const kinds = model.columnScales.flatMap(({ columns }) => columns.map(({ kind = 'gaussian' }) => kind));
  expect(new Set(kinds)).toEqual(new Set(['gaussian', 'binary', 'ordinal', 'count']));
  tables
    .flatMap(({ columns }) => columns)
    .forEach(({ values }, at) => {
      if (kinds[at] === 'binary' || kinds[at] === 'ordinal') {
        expect([0, 1]).toEqual(expect.arrayContaining([...values]));
      }
      if (kinds[at] === 'count') values.forEach((value) => expect(value).toBeCloseTo(Math.round(value), 2));
    });
});

test('a cause whose edge is left out has no effect, while the other cause has', async () => {
  const simulation = simulate('case1', { seed: 3, samples: 300, test: 50 });
  const settings = {
    fit: 'joint',
    encoderRestarts: 1,
    epochs: 2,
    batch: 64,
    hidden: 8,
    evidence: 'none',
    threads: 1,
  } as const;
  const dense = { ...settings, sparsity: { kind: 'none' } } as const;
  await using model = await MultimodalCausalModel.fit(simulatedDataset(simulation), dense);
  const [from, other, to] = ['m1.z1', 'm1.z2', 'm2.z1'];
  const after = async (set: Setting, edges?: readonly { from: string; to: string }[]) => {
    const { consequences } = await model.intervene(set, { draws: 20, ...ANYTHING, edges });
    return consequences.find(({ name }) => name === to)!.after;
  };
  const [one, both] = [{ [from]: 1 }, { [from]: 1, [other]: -1 }];
  expect(await after(both, [{ from, to }])).toEqual(await after(one, [{ from, to }]));
  expect(await after(both)).not.toEqual(await after(one));
});
