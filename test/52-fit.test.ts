// A fit from data to graph: determinism, independence of the runs, stopping, resuming, runs that diverge.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Dataset } from '../src/data/dataset.js';
import { readStudy, type Study } from '../src/study/study.js';
import { simulate } from '../src/simulation/simulate.js';
import { writeSimulation } from '../src/simulation/files.js';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import { fitConfig, type FitSettings } from '../src/training/config.js';
import { fitModel } from '../src/training/fit.js';
import { jointPart } from '../src/training/joint-part.js';
import type { FitProgress } from '../src/training/part-runner.js';
import { ranking } from '../src/training/outcome.js';
import { Trainer } from '../src/training/trainer.js';

const SMALL: FitSettings = { runs: 2, epochs: 6, batch: 64, hidden: 16, sparsity: { kind: 'both', weight: 0.05 } };

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
  const trainer = Trainer.create(jointPart(dataset, fitConfig(settings)), { threads });
  try {
    for (let i = 0; i < epochs; i++) await trainer.epoch();
    return trainer.state;
  } finally {
    await trainer.dispose();
  }
}

describe('determinism', () => {
  test('the same seed gives the same bits with one thread and with two', async () => {
    const one = await stateAfter(SMALL, 3, 1);
    const two = await stateAfter(SMALL, 3, 2);
    expect(two.parameters).toEqual(one.parameters);
    expect(two.moments).toEqual(one.moments);
    expect(two.history.map((m) => m.validation)).toEqual(one.history.map((m) => m.validation));
  });

  test('another seed gives other values', async () => {
    const one = await stateAfter(SMALL, 1);
    const other = await stateAfter({ ...SMALL, seed: 1 }, 1);
    expect(other.parameters).not.toEqual(one.parameters);
  });

  test('a run does not depend on its neighbours: run 0 of one and of three ends at the same objective', async () => {
    const alone = await stateAfter({ ...SMALL, runs: 1 }, 3);
    const among = await stateAfter({ ...SMALL, runs: 3 }, 3);
    expect(among.history[2].validation['objective'][0]).toBeCloseTo(alone.history[2].validation['objective'][0]!, 4);
  });
});

describe('stopping and going on', () => {
  test('an aborted fit leaves a checkpoint from which it ends at the bits of one that was never stopped', async () => {
    const run = join(folder, 'resumed');
    const config = fitConfig(SMALL);
    const whole = await fitModel(dataset, config);
    const controller = new AbortController();
    const stopAt = (progress: FitProgress): void => {
      if (progress.epoch === 3 && progress.step > 0) controller.abort(new Error('enough'));
    };
    await expect(
      fitModel(dataset, config, { folder: run, signal: controller.signal, onProgress: stopAt }),
    ).rejects.toThrow('enough');
    const resumed = await fitModel(dataset, config, { folder: run, resume: true });
    expect(resumed.parameters).toEqual(whole.parameters);
    const validated = ({ parts: [{ history }] }: typeof whole) => history.map((m) => [m.epoch, m.validation]);
    expect(validated(resumed)).toEqual(validated(whole));
    expect(resumed.graph).toEqual(whole.graph);
  });

  test('a folder that holds a fit is not overwritten, and resuming needs a folder', async () => {
    const config = fitConfig(SMALL);
    await expect(fitModel(dataset, config, { folder: join(folder, 'resumed') })).rejects.toMatchObject({
      code: 'run-exists',
    });
    await expect(fitModel(dataset, config, { resume: true })).rejects.toMatchObject({ code: 'invalid-setting' });
  });

  test('a checkpoint of other settings is refused by name', async () => {
    const run = join(folder, 'resumed');
    await expect(
      fitModel(dataset, fitConfig({ ...SMALL, seed: 5 }), { folder: run, resume: true }),
    ).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
  });

  test('the fit ends early when no run improves, and keeps the best epoch', async () => {
    const fitted = await fitModel(
      dataset,
      fitConfig({ ...SMALL, epochs: 60, warmStart: 0, ramp: 0, patience: 1, learningRate: 0.3 }),
    );
    const [{ history, objectives, bestEpochs }] = fitted.parts;
    expect(history.length).toBeLessThan(60);
    const [chosen] = ranking(fitted.parts[0]);
    const validated = history.map((m) => m.validation['objective'][chosen] ?? Infinity);
    expect(objectives[chosen]).toBe(Math.min(...validated));
    expect(validated[bestEpochs[chosen]]).toBe(objectives[chosen]);
  });
});

describe('a run that diverges', () => {
  test('is named with tensor and step and left out; the others go on as if it had never been there', async () => {
    const healthy = await stateAfter(SMALL, 2);
    const trainer = Trainer.create(jointPart(dataset, fitConfig(SMALL)), { threads: 2 });
    try {
      const { state } = trainer;
      const weights = trainer.parameterPlace('encoder.1.weight');
      state.parameters[weights.offset + weights.perRun] = NaN;
      trainer.restore(state);
      await trainer.epoch();
      const metrics = await trainer.epoch();
      expect(state.failures).toEqual([{ run: 1, step: 0, tensor: expect.stringContaining('encoder') }]);
      expect(metrics!.validation['objective'][1]).toBeNull();
      expect(metrics!.validation['objective'][0]).toBe(healthy.history[1].validation['objective'][0]);
      expect(trainer.living).toEqual([0]);
    } finally {
      await trainer.dispose();
    }
  });

  test('when no run is left the fit says so', async () => {
    const trainer = Trainer.create(jointPart(dataset, fitConfig({ ...SMALL, runs: 1 })), { threads: 1 });
    try {
      trainer.state.parameters.fill(NaN);
      trainer.restore(trainer.state);
      await expect(trainer.epoch()).rejects.toMatchObject({ code: 'all-runs-diverged' });
    } finally {
      await trainer.dispose();
    }
  });
});

describe('the public model', () => {
  test('fits a study, encodes by modality name, saves, loads and gives the same latents', async () => {
    const model = await MultimodalCausalModel.fit(study, { ...SMALL, epochs: 2 });
    const latents = await model.encode(dataset);
    expect(Object.keys(latents)).toEqual(['m1', 'm2']);
    expect(latents['m1'].length).toBe(600 * 2);
    await model.save(join(folder, 'saved'));
    const loaded = await MultimodalCausalModel.load(join(folder, 'saved'));
    expect(await loaded.encode(dataset)).toEqual(latents);
    expect(loaded.graph).toEqual(model.graph);
    const reconstructed = await loaded.reconstruct(dataset);
    expect(reconstructed['m2'].length).toBe(600 * 15);
    await model.dispose();
    await model.dispose();
    await loaded.dispose();
    await expect(model.encode(dataset)).rejects.toMatchObject({ code: 'disposed' });
  });

  test('what is not said in the options comes from the study, key by key', async () => {
    const own: Study = {
      ...study,
      config: { ...study.config, sparsity: { ...study.config.sparsity, kind: 'jacobian', weight: 0.3, within: false } },
    };
    const model = await MultimodalCausalModel.fit(own, {
      ...SMALL,
      epochs: 1,
      runs: undefined,
      sparsity: { weight: 0.1 },
    });
    expect(model.summary.config).toMatchObject({ runs: 8, sparsity: { kind: 'jacobian', weight: 0.1, within: false } });
  });

  test('a data set that does not hold together is refused before anything runs', async () => {
    const [first, second] = dataset.modalities;
    const short = { ...dataset, modalities: [first, { ...second, values: second.values.subarray(1) }] };
    await expect(MultimodalCausalModel.fit(short, SMALL)).rejects.toMatchObject({ code: 'invalid-dataset' });
  });

  test('calls at the same time wait for each other; disposing in between is an error, never zeros', async () => {
    const model = await MultimodalCausalModel.load(join(folder, 'saved'));
    const [first, second] = await Promise.all([model.encode(dataset), model.encode(dataset)]);
    expect(second).toEqual(first);
    const late = model.encode(dataset);
    const refused = expect(late).rejects.toMatchObject({ code: 'disposed' });
    await model.dispose();
    await refused;
  });

  test('a RUN whose files belong to different fits is refused', async () => {
    const model = await MultimodalCausalModel.load(join(folder, 'saved'));
    await model.save(join(folder, 'mixed'));
    const path = join(folder, 'mixed', 'run.json');
    const summary = JSON.parse(readFileSync(path, 'utf8')) as { columns: unknown[]; fingerprint: string };
    writeFileSync(path, JSON.stringify({ ...summary, fingerprint: '0'.repeat(64) }));
    await expect(MultimodalCausalModel.load(join(folder, 'mixed'))).rejects.toMatchObject({ code: 'damaged-file' });
    writeFileSync(path, JSON.stringify({ ...summary, columns: summary.columns.reverse() }));
    await expect(MultimodalCausalModel.load(join(folder, 'mixed'))).rejects.toMatchObject({ code: 'damaged-file' });
  });

  test('two fits at once do not disturb each other', async () => {
    const config = fitConfig({ ...SMALL, epochs: 2 });
    const alone = await fitModel(dataset, config);
    const [first, second] = await Promise.all([fitModel(dataset, config), fitModel(dataset, { ...config, seed: 4 })]);
    expect(first.parameters).toEqual(alone.parameters);
    expect(second.parameters).not.toEqual(alone.parameters);
  });

  test('training lowers the validation objective and finds the subspaces', async () => {
    const config = fitConfig({ fit: 'joint', runs: 2, epochs: 30, batch: 64, sparsity: { kind: 'gates' } });
    const { history } = (await fitModel(dataset, config)).parts[0];
    const objective = (epoch: number) =>
      Math.min(...history[epoch].validation['reconstruction'].map((v) => v ?? Infinity));
    expect(objective(history.length - 1)).toBeLessThan(0.5 * objective(0));
  });
});
