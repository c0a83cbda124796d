// The two-stage fit as a whole: its stages, the composed model, and stopping and resuming in each stage.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Dataset } from '../../src/data/dataset.js';
import { readStudy } from '../../src/study/study.js';
import { simulate } from '../../src/simulation/simulate.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import { fitModel, type FittedModel } from '../../src/training/fit.js';
import { Inference } from '../../src/inference/inference.js';
import { polishStage } from '../../src/training/joint-stage.js';
import { ranking, valuesOf } from '../../src/training/outcome.js';
import type { StageName } from '../../src/training/stage.js';
import { StageRunner, type FitProgress } from '../../src/training/stage-runner.js';
import { fitTwoStages, twoStages } from '../../src/training/two-stage.js';
import { modalityShapes, modelConfig } from '../../src/training/model-config.js';

const SMALL: FitSettings = {
  subspaces: 'network',
  encoderRestarts: 2,
  epochs: 4,
  batch: 64,
  hidden: 16,
  componentRestarts: 8,
  componentSteps: 200,
  polish: 4,
  seed: 7,
};
const PARTS: StageName[] = ['subspaces', 'exploration', 'components', 'pruning', 'polish', 'missing'];

let folder: string;
let dataset: Dataset;
let whole: FittedModel;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'interlatent-two-stage-'));
  await writeSimulation(simulate('case1', { seed: 3, samples: 500, test: 100 }), join(folder, 'data'));
  dataset = (await readStudy(join(folder, 'data', 'study.yaml'))).dataset;
  whole = await fitModel(dataset, fitConfig(SMALL), { threads: 1 });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('after the subspaces, a fit explores all restarts, refines a quarter, prunes a few, and polishes one', () => {
  expect(whole.stages.map(({ name, objectives, epochs }) => [name, objectives.length, epochs])).toEqual([
    ['subspaces', 2, 4],
    ['exploration', 8, 2],
    ['components', 2, 8],
    ['pruning', expect.any(Number), 2],
    ['polish', 1, 4],
    ['missing', 1, 1],
  ]);
  expect([...whole.parameters.keys()].filter((name) => name.startsWith('crossPrediction'))).toEqual([]);
  expect(whole.agreement.length).toBe(4);
  expect(Math.max(...whole.agreement)).toBeLessThanOrEqual(1);
});

test('a stage chooses the restart with the lowest validation objective', () => {
  for (const stage of whole.stages) {
    const lowest = Math.min(...stage.objectives.map((value) => value ?? Infinity));
    expect(stage.objectives[ranking(stage)[0]]).toBe(lowest);
  }
});

test('the composed model computes the components that the component stage found in the subspaces', async () => {
  const config = fitConfig({ ...SMALL, polish: 0 });
  const rows = dataset.split.train.subarray(0, 50);
  const runner = await StageRunner.open(twoStages(dataset, config), dataset, config, {});
  const { parameters, componentMap, readings, chosen } = await fitTwoStages(dataset, config, runner, rows, {});
  const model = modelConfig(modalityShapes(dataset), config, componentMap);
  const inference = new Inference(model, 1, parameters);
  const [latents] = await inference.encode(dataset.modalities, dataset.ids.length);
  const [gates] = await inference.gates();
  await inference.dispose();
  expect(gates).toEqual(readings[chosen].edges);
  rows.forEach((row, i) => {
    for (let k = 0; k < 4; k++) expect(latents[row * 4 + k]).toBeCloseTo(readings[chosen].latents[i * 4 + k], 3);
  });
});

test('a polish that fails because its rate is far too high is discarded: the composition keeps its bits', async () => {
  const config = fitConfig({ ...SMALL, polish: 0 });
  const { parameters } = await fitModel(dataset, config, { threads: 1 });
  const stage = polishStage(dataset, { ...config, polish: 2, learningRate: 30 }, valuesOf(parameters));
  const runner = await StageRunner.open(['polish'], dataset, config, { threads: 1 });
  const polished = await runner.run('polish', () => stage);
  expect(polished.bestEpochs).toEqual([-1]);
  expect(polished.parameters).toEqual(new Map([...parameters].filter(([name]) => polished.parameters.has(name))));
});

describe('stopping and resuming', () => {
  // The last stage of such a small fit has one epoch, so no checkpoint within it exists.
  test.each(PARTS.slice(0, -1))(
    'a fit that stops in %s ends at the same bits as one that was never stopped',
    async (stage) => {
      const run = join(folder, `stopped-${stage}`);
      const controller = new AbortController();
      // An epoch before the stage's last one: the signal may come after the last step of an epoch, but not of a stage.
      const { epochs } = whole.stages.find(({ name }) => name === stage)!;
      const epoch = epochs > 2 ? 1 : 0;
      const stopAt = (progress: FitProgress): void => {
        if (progress.stage === stage && progress.epoch === epoch && progress.step > 0) {
          controller.abort(new Error('enough'));
        }
      };
      const config = fitConfig(SMALL);
      await expect(
        fitModel(dataset, config, { folder: run, signal: controller.signal, onProgress: stopAt }),
      ).rejects.toThrow('enough');
      const seen = new Set<StageName>();
      const resumed = await fitModel(dataset, config, {
        folder: run,
        resume: true,
        onProgress: (progress) => seen.add(progress.stage),
      });
      expect([...seen]).toEqual(PARTS.slice(PARTS.indexOf(stage)));
      expect(resumed.parameters).toEqual(whole.parameters);
      expect(resumed.graph).toEqual(whole.graph);
      expect(resumed.agreement).toEqual(whole.agreement);
      expect(resumed.stages.map(({ objectives }) => objectives)).toEqual(
        whole.stages.map(({ objectives }) => objectives),
      );
    },
  );
});

test('a saved model is complete: once loaded, it gives the same latents, reconstructions and graph', async () => {
  const model = await MultimodalCausalModel.fit(dataset, { ...SMALL, evidence: 'none', threads: 1 });
  await model.save(join(folder, 'saved'));
  const loaded = await MultimodalCausalModel.load(join(folder, 'saved'));
  expect(await loaded.encode(dataset)).toEqual(await model.encode(dataset));
  expect(await loaded.reconstruct(dataset)).toEqual(await model.reconstruct(dataset));
  expect(loaded.graph).toEqual(model.graph);
  expect(loaded.summary).toEqual(model.summary);
  expect(loaded.summary.stages.map(({ name }) => name)).toEqual(PARTS);
  await model.dispose();
  await loaded.dispose();
});

describe('settings', () => {
  test('defaults depend on the kind of fit, and explicit settings override them', () => {
    expect(fitConfig({})).toMatchObject({
      fit: 'two-stage',
      encoderRestarts: 6,
      epochs: 60,
      sparsity: { weight: 0.1 },
    });
    expect(fitConfig({ fit: 'joint', epochs: 7 })).toMatchObject({
      encoderRestarts: 8,
      epochs: 7,
      sparsity: { weight: 0.08 },
    });
    expect(fitConfig({ sparsity: { weight: 0.02 } })).toMatchObject({ fit: 'two-stage', sparsity: { weight: 0.02 } });
  });

  test('few subjects get enough steps, many get the minimum of epochs, and explicit settings override both', () => {
    const lengthOf = (subjects: number, settings: FitSettings = {}) => {
      const { batch, epochs, passes = 1, polish, patience } = fitConfig(settings, { subjects });
      return { batch, epochs, passes, polish, patience };
    };
    for (const subjects of [8000, 9000, 100_000]) expect(lengthOf(subjects)).toEqual(lengthOf(Infinity));
    expect(lengthOf(Infinity)).toEqual({ batch: 512, epochs: 60, passes: 1, polish: 8, patience: 20 });
    expect(lengthOf(7999)).toMatchObject({ batch: 256, epochs: 81, passes: 1 });
    expect(lengthOf(2700)).toMatchObject({ batch: 128, epochs: 120, passes: 1, polish: 16, patience: 40 });
    expect(lengthOf(120)).toMatchObject({ batch: 32, epochs: 139, passes: 6 });
    for (const subjects of [10, 31, 100, 450, 900, 2700, 5000, 7999]) {
      const { batch, epochs, passes } = lengthOf(subjects);
      const steps = Math.max(1, Math.floor(subjects / batch));
      expect(epochs * passes * steps).toBeGreaterThanOrEqual(2500);
      expect(passes * steps).toBeGreaterThanOrEqual(16);
    }
    expect(lengthOf(450, { batch: 450 })).toMatchObject({ batch: 450, epochs: 157, passes: 16 });
    expect(lengthOf(450, { epochs: 5, polish: 1 })).toMatchObject({ batch: 32, epochs: 5, passes: 1, polish: 1 });
  });

  test('the Jacobian penalty belongs to the joint fit', () => {
    expect(fitConfig({ sparsity: { kind: 'jacobian' } }).fit).toBe('joint');
    expect(() => fitConfig({ fit: 'two-stage', sparsity: { kind: 'both' } })).toThrow(
      expect.objectContaining({ code: 'invalid-setting', details: { setting: 'sparsity.kind' } }),
    );
  });

  test('without sparsity edges are read from strengths', async () => {
    const fitted = await fitModel(dataset, fitConfig({ ...SMALL, sparsity: { kind: 'none' } }), { threads: 1 });
    expect(fitted.graph.edges.length).toBeGreaterThan(0);
    expect(fitted.graph.edges.every(({ strength }) => strength > 0.1)).toBe(true);
  });
});
