// Every option of every public function, given a wrong thing or misspelt: an InterlatentError that says so, or a
// result.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { ReportOptions } from '../src/background/index.js';
import * as causal from '../src/causal/index.js';
import type { ExportOptions } from '../src/exchange/write.js';
import * as main from '../src/index.js';
import { fitProcessor } from '../src/jobs/bullmq.js';
import { createHandler, ModelRegistry } from '../src/serving/index.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { scratch } from './scratch.js';
import { testOptions, type OptionNames } from './wrong-options.js';

const columns = ['a', 'b', 'c'].map((name, v) => ({
  name,
  values: Float64Array.from({ length: 60 }, (_, i) => Math.sin((v + 1.3) * (i + 1) ** 2)),
}));

const CONSTRAINTS: OptionNames<causal.ConstraintOptions> = {
  ...{ alpha: true, maxConditioning: true, knowledge: true, compatibility: true },
};
const PC: OptionNames<causal.PcOptions> = { ...CONSTRAINTS, rule: true, priority: true };
const DISCOVER: OptionNames<causal.DiscoverOptions> = {
  ...PC,
  ...{ algorithm: true, test: true, penalty: true, bootstrap: true, seed: true, groups: true, threshold: true },
  ...{ score: true, equivalentSampleSize: true, structurePrior: true },
};

describe('interlatent/causal', () => {
  testOptions('discover', DISCOVER, (options: causal.DiscoverOptions) => causal.discover(columns, options));
  // Beside those of `discover`, which it checks alike.
  testOptions(
    'discoverInParallel',
    { threads: true, signal: true, onProgress: true },
    (options: Omit<causal.ParallelOptions, keyof causal.DiscoverOptions>) =>
      causal.discoverInParallel(columns, options),
    () => ({ threads: 1 }),
  );
  testOptions('pc', PC, (options: causal.PcOptions) => causal.pc(causal.fisherZ(columns), options));
  testOptions('fci', CONSTRAINTS, (options: causal.ConstraintOptions) => causal.fci(causal.fisherZ(columns), options));
  testOptions('ges', { maxParents: true, knowledge: true, compatibility: true }, (options: object) =>
    causal.ges({ ...causal.gaussianBic(columns, 2), variables: columns }, options),
  );
  testOptions('kci', { compatibility: true }, (options: object) => causal.kci(columns, options));
  testOptions('rcit', { seed: true }, (options: object) => causal.rcit(columns, options));
  testOptions(
    'bootstrapGraphs',
    { resamples: true, seed: true, groups: true },
    (options: { resamples: number; seed?: number; groups?: string[] }) =>
      causal.bootstrapGraphs(columns, options, () => causal.emptyCausalGraph(columns)),
    () => ({ resamples: 1 }),
  );
  testOptions('graphFromStrengths', { threshold: true }, (options: object) =>
    causal.graphFromStrengths([{ name: 'a', latents: 2 }], [0, 1, 0, 0], options),
  );
  testOptions('graphFromGates', { threshold: true }, (options: object) =>
    causal.graphFromGates([{ name: 'a', latents: 2 }], [0, 1, 0, 0], [0, 1, 0, 0], options),
  );
});

describe('pictures and simulations', () => {
  const graph = causal.graphFromStrengths([{ name: 'a', latents: 2 }], [0, 1, 0, 0]);
  const picture = { title: true, theme: true } as const;
  testOptions('graphSvg', { ...picture, strengths: true }, (options: object) => main.graphSvg(graph, options));
  testOptions('selectionSvg', picture, (options: object) => main.selectionSvg({ modalities: [] }, options));
  testOptions(
    'simulate',
    {
      ...{ seed: true, samples: true, test: true, mechanism: true, noise: true, heteroscedastic: true },
      ...{ extraEdges: true, crossEdges: true, withinEdges: true, cycles: true, shuffled: true },
      ...{ measurementNoise: true, mixedColumns: true, missingModalities: true, missingCells: true },
      missingInTest: true,
    },
    (options: main.SimulationOptions) => main.simulate('case1', options),
    () => ({ samples: 20, test: 10 }),
  );
  const { folder } = scratch();
  const tiny = main.simulate('case1', { samples: 20, test: 10 });
  let written = 0;
  testOptions('writeSimulation', { format: true }, (options: object) =>
    main.writeSimulation(tiny, `${folder}/${written++}`, options),
  );
});

describe('a model', () => {
  const { folder } = scratch();
  const dataset = simulatedDataset(main.simulate('case1', { seed: 1, samples: 100, test: 10 }));
  const { ids } = dataset;
  const settings = { fit: 'joint', runs: 1, epochs: 1, hidden: 8, batch: 64, threads: 1, evidence: false } as const;
  const run = `${folder}/run`;
  const study = `${folder}/study`;
  let model: main.MultimodalCausalModel;

  beforeAll(async () => {
    model = await main.MultimodalCausalModel.fit(dataset, settings);
    await model.save(run);
    await main.writeSimulation(main.simulate('case1', { samples: 60, test: 10 }), study);
  });
  afterAll(() => model.dispose());

  const device: OptionNames<main.DeviceOptions> = { device: true, matmulPrecision: true };
  /** What would take long is stopped once its options are read. */
  const stopped = () => ({ signal: AbortSignal.abort(new main.StateError('disposed', 'stopped by the test')) });
  type Hooks = Omit<main.FitOptions, keyof main.FitSettings>;
  testOptions<Hooks>(
    'fit',
    {
      ...device,
      ...{ signal: true, onProgress: true, onRuns: true, logger: true, folder: true, resume: true },
      ...{ checkpointEvery: true, tensorboard: true, infersMissing: true, evidence: true, threads: true },
      profile: true,
    },
    (options) => main.MultimodalCausalModel.fit(dataset, options),
    () => ({ ...settings, ...stopped(), folder: `${folder}/fit` }),
  );
  testOptions('load', device, (options: main.DeviceOptions) => main.MultimodalCausalModel.load(run, options));
  testOptions('encode', { partial: true }, (options: main.EncodeOptions) => model.encode(dataset, options));
  testOptions('posterior', { partial: true }, (options: main.EncodeOptions) => model.posterior(dataset, options));
  testOptions('encodeRows', { partial: true, maxDeviations: true }, (options: main.EncodeRowsOptions) =>
    model.encodeRows([], options),
  );
  testOptions('readRows', { partial: true, maxDeviations: true }, (options: main.EncodeRowsOptions) =>
    model.readRows([], options),
  );
  const drawn = { draws: true, seed: true, level: true } as const;
  const action = { ...drawn, undetermined: true, edges: true } as const;
  testOptions(
    'intervene',
    action,
    (options: Parameters<typeof model.intervene>[1]) => model.intervene({ 'm1.z1': 0 }, options),
    () => ({ draws: 4 }),
  );
  testOptions(
    'counterfactual',
    { ...action, subjects: true },
    (options: object) => model.counterfactual(dataset, { 'm1.z1': 0 }, options),
    () => ({ subjects: [ids[0]] }),
  );
  testOptions(
    'impute',
    { ...drawn, subjects: true },
    (options: object) => model.impute(dataset, options),
    () => ({ subjects: [ids[0]] }),
  );
  testOptions(
    'predict',
    { ...drawn, subjects: true, from: true, to: true },
    (options: Parameters<typeof model.predict>[1]) => model.predict(dataset, options),
    () => ({ from: ['m1'], to: ['m2'], subjects: [ids[0]] }),
  );
  testOptions('generate', { seed: true }, (options: object) => model.generate(2, options));
  testOptions('report', { study: true, discovery: true, command: true, showSubjects: true }, (options: ReportOptions) =>
    model.report(options),
  );
  testOptions(
    'export',
    { format: true, licence: true },
    (options: ExportOptions) => model.export(`${folder}/model.onnx`, options),
    () => ({ format: 'onnx' as const }),
  );
  testOptions(
    'readStudy',
    { scales: true, partial: true, keepTables: true, onProgress: true, tables: true, environment: true },
    (options: main.ReadStudyOptions) => main.readStudy(`${study}/study.yaml`, options),
  );
  testOptions(
    'readStudyParts',
    {
      ...{ scales: true, partial: true, rows: true, keepTables: true, onProgress: true, tables: true },
      environment: true,
    },
    (options: Parameters<typeof main.readStudyParts>[1]) => main.readStudyParts(`${study}/study.yaml`, options),
    () => ({ scales: model.columnScales }),
  );
  // Beside those of `discover`, as `discoverInParallel`.
  testOptions(
    'discoverWithRefits',
    { threads: true, signal: true, onProgress: true },
    (options: Omit<causal.ParallelOptions, keyof causal.DiscoverOptions>) =>
      main.discoverWithRefits(columns, options, { dataset, config: model.summary.config, latents: {} }),
    stopped,
  );
  testOptions(
    'selectLatents',
    {
      ...device,
      largest: true,
      splits: true,
      tolerance: true,
      seed: true,
      threads: true,
      signal: true,
      onProgress: true,
    },
    (options: main.SelectionOptions) => main.selectLatents(dataset, options),
    stopped,
  );

  const registry = { ...device, models: true, memoryLimit: true, watch: true, batch: true, logger: true } as const;
  testOptions(
    'createHandler',
    { ...registry, limits: true, metrics: true, admin: true, prefix: true },
    async (options: Parameters<typeof createHandler>[0]) => (await createHandler(options)).close(),
    () => ({ models: { a: run } }),
  );
  testOptions(
    'new ModelRegistry',
    registry,
    async (options: ConstructorParameters<typeof ModelRegistry>[0]) => new ModelRegistry(options).close(),
    () => ({ models: { a: run } }),
  );
  testOptions(
    'fitProcessor',
    {
      ...device,
      ...{ root: true, queue: true, signal: true, threads: true, logger: true, checkpointEvery: true, lookEvery: true },
    },
    (options: Parameters<typeof fitProcessor>[0]) => void fitProcessor(options),
    () => ({ root: folder, queue: { getJob: () => Promise.resolve(undefined) } }),
  );
});

test('the batches of a server have options too', () => {
  const batch = { subject: 4 } as object;
  expect(() => new ModelRegistry({ models: { a: 'run' }, batch })).toThrow(
    expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringMatching(/^option batch cannot be 'subject'/),
    }),
  );
});

test('an unknown option is named, with those that are meant and those there are', () => {
  const misspelt = { alfa: 0.1 } as causal.DiscoverOptions;
  expect(() => causal.discover(columns, misspelt)).toThrow(
    expect.objectContaining({
      code: 'unknown-option',
      message: expect.stringMatching(/^discover has no option alfa \(did you mean 'alpha'\?\); it has algorithm, test/),
      details: { option: 'alfa' },
    }),
  );
});

test.each([NaN, -1])('a fit is refused checkpoints every %p seconds', async (checkpointEvery) => {
  const dataset = simulatedDataset(main.simulate('case1', { seed: 1, samples: 100, test: 10 }));
  await expect(main.MultimodalCausalModel.fit(dataset, { checkpointEvery })).rejects.toMatchObject({
    code: 'invalid-option',
    message: `option checkpointEvery is ${checkpointEvery}; accepted are seconds, from 0`,
  });
});
