// A fit from data to graph: determinism, independence of restarts, stopping, resuming, divergence, and accuracy.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Dataset } from '../../src/data/dataset.js';
import { readStudy, type Study } from '../../src/study/study.js';
import { measure } from '../../reproduction/experiments/measure.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import { fitModel } from '../../src/training/fit.js';
import { jointStage } from '../../src/training/joint-stage.js';
import type { FitProgress } from '../../src/training/stage-runner.js';
import { ranking } from '../../src/training/outcome.js';
import { Trainer } from '../../src/training/trainer.js';

const SMALL: FitSettings = {
  encoderRestarts: 2,
  epochs: 6,
  batch: 64,
  hidden: 16,
  sparsity: { kind: 'both', weight: 0.05 },
};

let folder: string;
let study: Study;
let dataset: Dataset;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'interlatent-fit-'));
  await writeSimulation(simulate('case1', { seed: 3, samples: 500, test: 100 }), join(folder, 'data'));
  study = await readStudy(join(folder, 'data', 'study.yaml'));
  dataset = study.dataset;
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function stateAfter(settings: FitSettings, epochs: number, threads = 1) {
  const trainer = await Trainer.create(jointStage(dataset, fitConfig(settings)), { threads });
  try {
    for (let i = 0; i < epochs; i++) await trainer.epoch();
    return trainer.state;
  } finally {
    await trainer.dispose();
  }
}

describe('determinism', () => {
  test('gives the same bits for the same seed, with one thread and with two', async () => {
    const one = await stateAfter(SMALL, 3, 1);
    const two = await stateAfter(SMALL, 3, 2);
    expect(two.parameters).toEqual(one.parameters);
    expect(two.moments).toEqual(one.moments);
    expect(two.history.map((m) => m.validation)).toEqual(one.history.map((m) => m.validation));
  });

  test('gives other values for another seed', async () => {
    const one = await stateAfter(SMALL, 1);
    const other = await stateAfter({ ...SMALL, seed: 1 }, 1);
    expect(other.parameters).not.toEqual(one.parameters);
  });

  test('holds for each restart: restart 0 of one and of three ends at the same objective', async () => {
    const alone = await stateAfter({ ...SMALL, encoderRestarts: 1 }, 3);
    const among = await stateAfter({ ...SMALL, encoderRestarts: 3 }, 3);
    expect(among.history[2].validation['objective'][0]).toBeCloseTo(alone.history[2].validation['objective'][0]!, 4);
  });
});

describe('stopping and resuming', () => {
  const config = fitConfig(SMALL);
  const run = (): string => join(folder, 'stopped');

  beforeAll(async () => {
    const controller = new AbortController();
    const stopAt = (progress: FitProgress): void => {
      if (progress.epoch === 3 && progress.step > 0) controller.abort(new Error('enough'));
    };
    const stopped = fitModel(dataset, config, { folder: run(), signal: controller.signal, onProgress: stopAt });
    await expect(stopped).rejects.toThrow('enough');
  });

  test('gives the same bits as a fit without a stop', async () => {
    const copy = join(folder, 'resumed');
    cpSync(run(), copy, { recursive: true });
    const whole = await fitModel(dataset, config);
    const resumed = await fitModel(dataset, config, { folder: copy, resume: true });
    expect(resumed.parameters).toEqual(whole.parameters);
    const validated = ({ stages: [{ history }] }: typeof whole) => history.map((m) => [m.epoch, m.validation]);
    expect(validated(resumed)).toEqual(validated(whole));
    expect(resumed.graph).toEqual(whole.graph);
  });

  test('never overwrites a folder with a fit, and needs a folder', async () => {
    await expect(fitModel(dataset, config, { folder: run() })).rejects.toMatchObject({ code: 'run-exists' });
    await expect(fitModel(dataset, config, { resume: true })).rejects.toMatchObject({ code: 'invalid-setting' });
  });

  test('refuses a checkpoint of other settings, and names the setting', async () => {
    await expect(
      fitModel(dataset, fitConfig({ ...SMALL, seed: 5 }), { folder: run(), resume: true }),
    ).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
  });

  test('happens early when no restart improves, and keeps the best epoch', async () => {
    const fitted = await fitModel(
      dataset,
      fitConfig({ ...SMALL, epochs: 60, warmStart: 0, ramp: 0, patience: 1, learningRate: 0.3 }),
    );
    const [{ history, objectives, bestEpochs }] = fitted.stages;
    expect(history.length).toBeLessThan(60);
    const [chosen] = ranking(fitted.stages[0]);
    const validated = history.map((m) => m.validation['objective'][chosen] ?? Infinity);
    expect(objectives[chosen]).toBe(Math.min(...validated));
    expect(validated[bestEpochs[chosen]]).toBe(objectives[chosen]);
  });
});

describe('a restart that diverges', () => {
  test('is reported with tensor and step and left out, without an effect on the other restarts', async () => {
    const healthy = await stateAfter(SMALL, 2);
    const trainer = await Trainer.create(jointStage(dataset, fitConfig(SMALL)), { threads: 2 });
    try {
      const { state } = trainer;
      const weights = trainer.parameterPlace('encoder.1.weight');
      state.parameters[weights.offset + weights.perRun] = NaN;
      await trainer.start(state);
      await trainer.epoch();
      const metrics = await trainer.epoch();
      expect(state.failures).toEqual([{ restart: 1, step: 0, tensor: expect.stringContaining('encoder') }]);
      expect(metrics!.validation['objective'][1]).toBeNull();
      expect(metrics!.validation['objective'][0]).toBe(healthy.history[1].validation['objective'][0]);
      expect(trainer.living).toEqual([0]);
    } finally {
      await trainer.dispose();
    }
  });

  test('is an error if no restart remains', async () => {
    const trainer = await Trainer.create(jointStage(dataset, fitConfig({ ...SMALL, encoderRestarts: 1 })), {
      threads: 1,
    });
    try {
      trainer.state.parameters.fill(NaN);
      await trainer.start(trainer.state);
      await expect(trainer.epoch()).rejects.toMatchObject({ code: 'all-runs-diverged' });
    } finally {
      await trainer.dispose();
    }
  });
});

describe('the public model', () => {
  let model: MultimodalCausalModel;
  const saved = (): string => join(folder, 'saved');

  beforeAll(async () => {
    model = await MultimodalCausalModel.fit(study, { ...SMALL, evidence: 'none', epochs: 2 });
    await model.save(saved());
  });
  afterAll(() => model.dispose());

  test('fits a study, encodes by modality name, saves, loads and gives the same latents', async () => {
    const latents = await model.encode(dataset);
    expect(Object.keys(latents)).toEqual(['m1', 'm2']);
    expect(latents['m1'].length).toBe(600 * 2);
    await using loaded = await MultimodalCausalModel.load(saved());
    expect(await loaded.encode(dataset)).toEqual(latents);
    expect(loaded.graph).toEqual(model.graph);
    const reconstructed = await loaded.reconstruct(dataset);
    expect(reconstructed['m2'].length).toBe(600 * 15);
  });

  test('answers nothing after it was disposed once or twice', async () => {
    const loaded = await MultimodalCausalModel.load(saved());
    await loaded.encode(dataset);
    await loaded.dispose();
    await loaded.dispose();
    await expect(loaded.encode(dataset)).rejects.toMatchObject({ code: 'disposed' });
  });

  test('takes settings that the options lack from the study, key by key', async () => {
    const changed: Study = {
      ...study,
      config: { ...study.config, sparsity: { ...study.config.sparsity, kind: 'jacobian', weight: 0.3, within: false } },
    };
    await using fitted = await MultimodalCausalModel.fit(changed, {
      ...SMALL,
      epochs: 1,
      encoderRestarts: undefined,
      sparsity: { weight: 0.1 },
    });
    expect(fitted.summary.config).toMatchObject({
      encoderRestarts: 8,
      sparsity: { kind: 'jacobian', weight: 0.1, within: false },
    });
  });

  test('refuses an inconsistent data set before it computes', async () => {
    const [first, second] = dataset.modalities;
    const short = { ...dataset, modalities: [first, { ...second, values: second.values.subarray(1) }] };
    await expect(MultimodalCausalModel.fit(short, SMALL)).rejects.toMatchObject({ code: 'invalid-dataset' });
  });

  test('answers simultaneous calls in sequence; disposing it in between is an error', async () => {
    const loaded = await MultimodalCausalModel.load(saved());
    const [first, second] = await Promise.all([loaded.encode(dataset), loaded.encode(dataset)]);
    expect(second).toEqual(first);
    const late = loaded.encode(dataset);
    const refused = expect(late).rejects.toMatchObject({ code: 'disposed' });
    await loaded.dispose();
    await refused;
  });

  test('is not loaded from a RUN folder with files of different fits', async () => {
    const mixed = join(folder, 'mixed');
    await model.save(mixed);
    const path = join(mixed, 'run.json');
    const summary = JSON.parse(readFileSync(path, 'utf8')) as { columns: unknown[]; fingerprint: string };
    writeFileSync(path, JSON.stringify({ ...summary, fingerprint: '0'.repeat(64) }));
    await expect(MultimodalCausalModel.load(mixed)).rejects.toMatchObject({ code: 'damaged-file' });
    writeFileSync(path, JSON.stringify({ ...summary, columns: summary.columns.reverse() }));
    await expect(MultimodalCausalModel.load(mixed)).rejects.toMatchObject({ code: 'damaged-file' });
  });

  test('is the same if another fit runs at the same time', async () => {
    const config = fitConfig({ ...SMALL, epochs: 2 });
    const alone = await fitModel(dataset, config);
    const [first, second] = await Promise.all([fitModel(dataset, config), fitModel(dataset, { ...config, seed: 4 })]);
    expect(first.parameters).toEqual(alone.parameters);
    expect(second.parameters).not.toEqual(alone.parameters);
  });
});

test('training without sparsity finds the subspaces: R² of the true latents is 0.9 on held-out subjects', async () => {
  // The floor was settled on seeds 0 to 5: the lowest is 0.955 there, and the highest after one epoch 0.66.
  const simulation = simulate('case1', { seed: 6, samples: 1000, test: 300 });
  const simulated = simulatedDataset(simulation);
  const settings: FitSettings = {
    fit: 'joint',
    encoderRestarts: 2,
    batch: 64,
    warmStart: 0.4,
    sparsity: { kind: 'none' },
  };
  const subspacesAfter = async (epochs: number): Promise<{ r2: number; reconstruction: number }> => {
    await using model = await MultimodalCausalModel.fit(simulated, {
      ...settings,
      epochs,
      threads: 1,
      evidence: 'none',
    });
    const estimated = await model.encode(simulated);
    const blocks = simulated.modalities.map(({ name, latents }) => ({ latents, values: estimated[name] }));
    const { reconstruction } = model.history[epochs - 1].validation;
    const { r2 } = measure(simulation, { setting: '', blocks });
    return { r2, reconstruction: Math.min(...reconstruction.map((value) => value ?? Infinity)) };
  };
  const [first, last] = [await subspacesAfter(1), await subspacesAfter(30)];
  expect(first.r2).toBeLessThan(0.75);
  expect(last.r2).toBeGreaterThan(0.9);
  expect(last.reconstruction).toBeLessThan(0.5 * first.reconstruction);
});
