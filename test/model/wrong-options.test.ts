// Every option of every public function with a wrong value or a misspelt name gives an InterlatentError about it, or a
// result.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { ReportOptions, TableOptions } from '../../src/background/index.js';
import {
  CONSTRAINT_OPTIONS,
  DISCOVER_OPTIONS,
  GES_OPTIONS,
  PARALLEL_OPTIONS,
  PC_OPTIONS,
} from '../../src/causal/discovery/options.js';
import * as causal from '../../src/causal/index.js';
import type { ExportOptions } from '../../src/exchange/write.js';
import * as main from '../../src/index.js';
import { fitProcessor } from '../../src/serving/bullmq.js';
import { PROCESSOR_OPTIONS } from '../../src/serving/processor-options.js';
import {
  DEVICE_OPTIONS,
  ENCODE_OPTIONS,
  ENCODE_ROWS_OPTIONS,
  EXPORT_OPTIONS,
  FIT_HOOKS,
  REPORT_OPTIONS,
  TABLE_OPTIONS,
} from '../../src/model/model-options.js';
import {
  shapesOf,
  SIGNAL_OPTION,
  SUBJECTS_OPTION,
  withoutArguments,
  type SignalOption,
} from '../../src/questions/question-options.js';
import { QUESTIONS, type Question, type QuestionName } from '../../src/questions/questions.js';
import { SVG_OPTIONS } from '../../src/report/theme.js';
import { REFIT_OPTIONS } from '../../src/evidence/question-shapes.js';
import { SELECTION_OPTIONS } from '../../src/selection/selection-options.js';
import { createHandler, ModelRegistry } from '../../src/serving/index.js';
import { REGISTRY_OPTIONS } from '../../src/serving/registry.js';
import { SERVING_OPTIONS } from '../../src/serving/service.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { SIMULATION_OPTIONS } from '../../src/simulation/options.js';
import { READ_STUDY_OPTIONS } from '../../src/study/reading/reading-options.js';
import { exampleOptions } from '../fixtures/example-options.js';
import { scratch } from '../fixtures/scratch.js';
import { testOptions } from './wrong-options.js';

const columns = ['a', 'b', 'c'].map((name, v) => ({
  name,
  values: Float64Array.from({ length: 60 }, (_, i) => Math.sin((v + 1.3) * (i + 1) ** 2)),
}));

const { threads, signal, onProgress } = PARALLEL_OPTIONS;
const BESIDE_DISCOVERY = { threads, signal, onProgress };

describe('interlatent/causal', () => {
  testOptions('discover', DISCOVER_OPTIONS, (options: causal.DiscoverOptions) => causal.discover(columns, options));
  // In addition to the options of `discover`, which it checks in the same way.
  testOptions(
    'discoverInParallel',
    BESIDE_DISCOVERY,
    (options: Omit<causal.ParallelOptions, keyof causal.DiscoverOptions>) =>
      causal.discoverInParallel(columns, options),
    () => ({ threads: 1 }),
  );
  testOptions('pc', PC_OPTIONS, (options: causal.PcOptions) => causal.pc(causal.fisherZ(columns), options));
  testOptions('fci', CONSTRAINT_OPTIONS, (options: causal.ConstraintOptions) =>
    causal.fci(causal.fisherZ(columns), options),
  );
  testOptions('ges', GES_OPTIONS, (options: causal.GesOptions) =>
    causal.ges({ ...causal.gaussianBic(columns, 2), variables: columns }, options),
  );
  testOptions('independenceTest', { test: 'text', compatibility: 'anything' }, (options: object) =>
    causal.independenceTest(columns, options),
  );
  testOptions('kci', { compatibility: 'anything' }, (options: object) => causal.kci(columns, options));
  testOptions('rcit', { seed: 'number' }, (options: object) => causal.rcit(columns, options));
  testOptions(
    'halfSampleGraphs',
    { count: 'number', seed: 'number', groups: ['text'] },
    (options: { count: number; seed?: number; groups?: string[] }) =>
      causal.halfSampleGraphs(columns, options, () => causal.emptyCausalGraph(columns)),
    () => ({ count: 1 }),
  );
  testOptions('graphFromStrengths', { threshold: 'number' }, (options: object) =>
    causal.graphFromStrengths([{ name: 'a', latents: 2 }], [0, 1, 0, 0], options),
  );
  testOptions('graphFromGates', { threshold: 'number' }, (options: object) =>
    causal.graphFromGates([{ name: 'a', latents: 2 }], [0, 1, 0, 0], [0, 1, 0, 0], options),
  );
});

describe('drawings and simulations', () => {
  const graph = causal.graphFromStrengths([{ name: 'a', latents: 2 }], [0, 1, 0, 0]);
  testOptions('graphSvg', { ...SVG_OPTIONS, strengths: 'text' }, (options: object) => main.graphSvg(graph, options));
  testOptions('selectionSvg', SVG_OPTIONS, (options: object) => main.selectionSvg({ modalities: [] }, options));
  testOptions(
    'simulate',
    SIMULATION_OPTIONS,
    (options: main.SimulationOptions) => main.simulate('case1', options),
    () => ({ samples: 20, test: 10 }),
  );
  const { folder } = scratch();
  const tiny = main.simulate('case1', { samples: 20, test: 10 });
  let written = 0;
  testOptions('writeSimulation', { format: 'text' }, (options: object) =>
    main.writeSimulation(tiny, `${folder}/${written++}`, options),
  );
});

describe('a model', () => {
  const { folder } = scratch();
  const dataset = simulatedDataset(main.simulate('case1', { seed: 1, samples: 100, test: 10 }));
  const { ids } = dataset;
  const settings = {
    fit: 'joint',
    encoderRestarts: 1,
    epochs: 1,
    hidden: 8,
    batch: 64,
    threads: 1,
    evidence: 'none',
  } as const;
  const run = `${folder}/run`;
  const study = `${folder}/study`;
  let model: main.MultimodalCausalModel;

  beforeAll(async () => {
    model = await main.MultimodalCausalModel.fit(dataset, settings);
    await model.save(run);
    await main.writeSimulation(main.simulate('case1', { samples: 60, test: 10 }), study);
  });
  afterAll(() => model.dispose());

  /** Aborts long calls after their options were checked. */
  const stopped = () => ({ signal: AbortSignal.abort(new main.StateError('disposed', 'stopped by the test')) });
  type Hooks = Omit<main.FitOptions, keyof main.FitSettings>;
  testOptions<Hooks>(
    'fit',
    FIT_HOOKS,
    (options) => main.MultimodalCausalModel.fit(dataset, options),
    () => ({ ...settings, ...stopped(), folder: `${folder}/fit` }),
  );
  testOptions('load', DEVICE_OPTIONS, (options: main.DeviceOptions) => main.MultimodalCausalModel.load(run, options));
  testOptions('encode', ENCODE_OPTIONS, (options: main.EncodeOptions) => model.encode(dataset, options));
  testOptions('posterior', ENCODE_OPTIONS, (options: main.EncodeOptions) => model.posterior(dataset, options));
  testOptions('encodeRows', ENCODE_ROWS_OPTIONS, (options: main.EncodeRowsOptions) => model.encodeRows([], options));
  testOptions('readRows', ENCODE_ROWS_OPTIONS, (options: main.EncodeRowsOptions) => model.readRows([], options));
  for (const [name, { options }] of Object.entries<Question>(QUESTIONS)) {
    testOptions(
      `ask ${name}`,
      { ...shapesOf(options), ...SIGNAL_OPTION },
      (wrong: SignalOption) => model.ask(name as QuestionName, wrong, dataset),
      () => exampleOptions(options, dataset),
    );
  }
  const methods: Readonly<Record<string, (options: never) => unknown>> = {
    intervene: (options) => model.intervene({ 'm1.z1': 0 }, options),
    counterfactual: (options) => model.counterfactual(dataset, { 'm1.z1': 0 }, options),
    impute: (options) => model.impute(dataset, options),
    predict: (options) => model.predict(dataset, options),
    simulate: (options) => model.generate(2, options),
  };
  for (const [name, call] of Object.entries(methods)) {
    const { about, options }: Question = QUESTIONS[name as QuestionName];
    const shapes = { ...shapesOf(withoutArguments(options)), ...SIGNAL_OPTION };
    testOptions(
      `the method of ${name}`,
      about === 'subjects' ? { ...shapes, ...SUBJECTS_OPTION } : shapes,
      (wrong: object) => call(wrong as never),
      () => ({
        ...exampleOptions(withoutArguments(options), dataset),
        ...(about === 'subjects' && { subjects: [ids[0]] }),
      }),
    );
  }
  testOptions('report', REPORT_OPTIONS, (options: ReportOptions) => model.report(options));
  testOptions('table', TABLE_OPTIONS, (options: TableOptions) => model.table('latents', options));
  testOptions(
    'export',
    EXPORT_OPTIONS,
    (options: ExportOptions) => model.export(`${folder}/model.onnx`, options),
    () => ({ format: 'onnx' as const }),
  );
  test.each([NaN, -1, 0])('readRows refuses maxDeviations of %p', (maxDeviations) => {
    expect(() => model.readRows([], { maxDeviations })).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
  test.each(['x', '', 'ONNX'])('export refuses the format %p', async (format) => {
    const answer = model.export(`${folder}/unknown`, { format: format as 'onnx' });
    await expect(answer).rejects.toMatchObject({
      code: 'invalid-option',
      message: `option format is ${format}; accepted is one of onnx, python`,
    });
  });
  testOptions('readStudy', READ_STUDY_OPTIONS, (options: main.ReadStudyOptions) =>
    main.readStudy(`${study}/study.yaml`, options),
  );
  testOptions(
    'readStudyParts',
    { ...READ_STUDY_OPTIONS, rows: 'number' },
    (options: Parameters<typeof main.readStudyParts>[1]) => main.readStudyParts(`${study}/study.yaml`, options),
    () => ({ scales: model.columnScales }),
  );
  testOptions(
    'discoverWithRefits',
    REFIT_OPTIONS,
    (options: main.RefitOptions) =>
      main.discoverWithRefits({ nodes: [], splits: [], pairs: [], latents: [], seed: 0 }, options, {
        ...{ dataset, config: model.summary.config, latents: {} },
      }),
    () => ({ halfSamples: 1, ...stopped() }),
  );
  testOptions(
    'selectLatents',
    SELECTION_OPTIONS,
    (options: main.SelectionOptions) => main.selectLatents(dataset, options),
    stopped,
  );

  testOptions(
    'createHandler',
    { ...SERVING_OPTIONS, prefix: 'text' },
    async (options: Parameters<typeof createHandler>[0]) => (await createHandler(options)).close(),
    () => ({ models: { a: run } }),
  );
  testOptions(
    'new ModelRegistry',
    REGISTRY_OPTIONS,
    async (options: ConstructorParameters<typeof ModelRegistry>[0]) => new ModelRegistry(options).close(),
    () => ({ models: { a: run } }),
  );
  testOptions(
    'fitProcessor',
    { ...PROCESSOR_OPTIONS, queue: { getJob: 'function' } },
    (options: Parameters<typeof fitProcessor>[0]) => void fitProcessor(options),
    () => ({ root: folder, queue: { getJob: () => Promise.resolve(undefined) } }),
  );
});

test('the batch options of a server are checked too', () => {
  const batch = { subject: 4 } as object;
  expect(() => new ModelRegistry({ models: { a: 'run' }, batch })).toThrow(
    expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringMatching(/^option batch cannot be 'subject'/),
    }),
  );
});

test('an unknown option is named, with similar and with all existing options', () => {
  const misspelt = { alfa: 0.1 } as causal.DiscoverOptions;
  expect(() => causal.discover(columns, misspelt)).toThrow(
    expect.objectContaining({
      code: 'unknown-option',
      message: expect.stringMatching(/^discover has no option alfa \(did you mean 'alpha'\?\); it has algorithm, test/),
      details: { option: 'alfa' },
    }),
  );
});

test.each([NaN, -1])('a fit refuses checkpoints every %p seconds', async (checkpointEvery) => {
  const dataset = simulatedDataset(main.simulate('case1', { seed: 1, samples: 100, test: 10 }));
  await expect(main.MultimodalCausalModel.fit(dataset, { checkpointEvery })).rejects.toMatchObject({
    code: 'invalid-option',
    message: `option checkpointEvery is ${checkpointEvery}; accepted are seconds, from 0`,
  });
});

describe('options of the right type with invalid values', () => {
  const edge = [0, 1, 0, 0];
  const modalities = [{ name: 'a', latents: 2 }];
  const graph = causal.graphFromStrengths(modalities, edge);
  const score = { ...causal.gaussianBic(columns, 2), variables: columns };
  const queue = { getJob: () => Promise.resolve(undefined) };
  const scales = simulatedDataset(main.simulate('case1', { samples: 20, test: 10 })).modalities;
  const cases: Record<string, readonly [(value: never) => unknown, readonly unknown[], string]> = {
    'maxParents of ges': [(maxParents) => causal.ges(score, { maxParents }), [NaN, -1, 0.5], 'invalid-conditioning'],
    'maxConditioning of GES': [
      (maxConditioning) => causal.discover(columns, { algorithm: 'ges', maxConditioning }),
      [NaN, -1, 0.5],
      'invalid-conditioning',
    ],
    'seed of rcit': [(seed) => causal.rcit(columns, { seed }), [NaN, -1, 0.5, 2 ** 53], 'invalid-option'],
    'threshold of strengths': [
      (threshold) => causal.graphFromStrengths(modalities, edge, { threshold }),
      [NaN, -1],
      'invalid-option',
    ],
    'threshold of gates': [
      (threshold) => causal.graphFromGates(modalities, edge, edge, { threshold }),
      [NaN, -1],
      'invalid-option',
    ],
    'theme of graphSvg': [(theme) => main.graphSvg(graph, { theme }), ['x', '</style>', ''], 'invalid-option'],
    'strengths of graphSvg': [(strengths) => main.graphSvg(graph, { strengths }), ['x', ''], 'invalid-option'],
    'theme of selectionSvg': [(theme) => main.selectionSvg({ modalities: [] }, { theme }), ['x'], 'invalid-option'],
    'rows of readStudyParts': [
      (rows) => main.readStudyParts('study.yaml', { scales, rows }).next(),
      [NaN, -1, 0, 0.5],
      'invalid-option',
    ],
    'checkpointEvery of fitProcessor': [
      (checkpointEvery) => fitProcessor({ root: 'runs', queue, checkpointEvery }),
      [NaN, -1],
      'invalid-option',
    ],
  };

  test.each(Object.entries(cases))('%s', async (_, [call, values, code]) => {
    for (const value of values) {
      const answer = Promise.resolve().then(() => call(value as never));
      await expect(answer).rejects.toMatchObject({ code });
    }
  });
});
