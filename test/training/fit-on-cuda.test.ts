// A fit on every available CUDA backend: it has the numbers of the CPU up to single precision, repeats to the bit, and
// its run.json names the device. Without a GPU, the backend is the emulation.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePlan } from '../../src/compile/decode.js';
import { simulate } from '../../src/simulation/simulate.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { CPU, type Device } from '../../src/runtime/device.js';
import { variantMnist } from '../../reproduction/simulation/variant-mnist.js';
import { fitConfig, fitConfigFor, type FitSettings } from '../../src/training/config.js';
import { prepareFit, type DeviceOptions } from '../../src/fit/fit-run.js';
import { trainingDevice } from '../../src/training/training-device.js';
import { encoderTrialStage } from '../../src/training/correlation-stage.js';
import { jointStage } from '../../src/training/joint-stage.js';
import { Trainer } from '../../src/training/trainer.js';
import type { FitStage } from '../../src/training/stage.js';
import { BACKENDS } from '../fixtures/backends.js';
import { worstError } from '../fixtures/numbers.js';
import { glyphs } from './glyphs.js';

const SMALL: FitSettings = {
  ...{ fit: 'joint', encoderRestarts: 2, epochs: 2, batch: 64, hidden: 16, seed: 5 },
  sparsity: { kind: 'both', weight: 0.05 },
};
const dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 200, test: 40 }));

/** Returns the kernels of the plan that a joint fit would run. */
function kernelsFor(device: Device): Set<string> {
  return kernelsOf(jointStage(dataset, fitConfig(SMALL), device));
}

function kernelsOf({ compiled }: FitStage): Set<string> {
  return new Set(decodePlan(compiled.plan).entries.flatMap(({ kernels }) => kernels.map(({ name }) => name)));
}

async function trained(device: Device, { data = dataset, settings = SMALL } = {}) {
  return await run(jointStage(data, fitConfig(settings), device), device);
}

async function run(stage: FitStage, device: Device) {
  const trainer = await Trainer.create(stage, { threads: 1, device });
  try {
    while (!trainer.finished) await trainer.epoch();
    return { state: trainer.state, description: JSON.parse(trainer.describe()) as { device: string } };
  } finally {
    await trainer.dispose();
  }
}

const shapes = (stream: number) => ({ train: glyphs(stream, 36), test: glyphs(stream + 1, 24) });
const { dataset: images } = variantMnist(
  { digits: shapes(1), garments: shapes(3) },
  { graph: 'P', seed: 3, shiftInvariant: 1, train: 24, validation: 12, test: 12 },
);

describe.each(BACKENDS.filter(({ device }) => device.backend === 'cuda'))('on $title', ({ device }) => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'interlatent-cuda-'));
    if (device.backend === 'cuda') process.env['INTERLATENT_CUDA_PATH'] = device.library;
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
    delete process.env['INTERLATENT_CUDA_PATH'];
  });

  test('two epochs give the objectives and parameters of the CPU, and the same bits when repeated', async () => {
    const [{ state: cpu }, { state, description }, { state: again }] = [
      await trained(CPU),
      await trained(device),
      await trained(device),
    ];
    expect(description.device).not.toBe('cpu');
    expect(kernelsFor(device)).toContain('meanAbsJacobianGrad');
    expect(kernelsFor(CPU)).not.toContain('meanAbsJacobianGrad');
    cpu.history.forEach((epoch, i) => {
      for (const [name, values] of Object.entries(epoch.validation)) {
        const error = worstError(state.history[i].validation[name] as number[], values as number[]);
        expect([name, error < 1e-4 ? 'equal' : error]).toEqual([name, 'equal']);
      }
    });
    expect(worstError(state.parameters, cpu.parameters)).toBeLessThan(1e-3);
    expect(again.parameters).toEqual(state.parameters);
    expect(again.history.map(({ validation }) => validation)).toEqual(
      state.history.map(({ validation }) => validation),
    );
  });

  test('a mini-batch that the CPU divides into tiles is whole on the GPU, with the noise of these tiles', async () => {
    const data = simulatedDataset(simulate('case1', { seed: 4, samples: 400, test: 40 }));
    const settings: FitSettings = { ...SMALL, epochs: 3, batch: 300, sparsity: { kind: 'gates', weight: 0.05 } };
    const tilesOn = (on: Device): number =>
      Math.max(
        ...decodePlan(jointStage(data, fitConfig(settings), on).compiled.plan).entries.map(({ tiles }) => tiles),
      );
    expect([tilesOn(CPU), tilesOn(device)]).toEqual([2, 1]);
    const [{ state: cpu }, { state }] = [
      await trained(CPU, { data, settings }),
      await trained(device, { data, settings }),
    ];
    expect(worstError(state.parameters, cpu.parameters)).toBeLessThan(1e-3);
    cpu.history.forEach(({ training }, i) => {
      for (const [name, values] of Object.entries(training)) {
        const error = worstError(state.history[i].training[name] as number[], values as number[]);
        expect([name, error < 1e-4 ? 'equal' : error]).toEqual([name, 'equal']);
      }
    });
  });

  test('encoders of images, with several restarts, have the parameters of the CPU', async () => {
    const config = fitConfigFor(images, { encoderRestarts: 2, epochs: 2, batch: 12, seed: 1 });
    const stageOn = (on: Device) => encoderTrialStage(images, config, { device: on });
    expect([...kernelsOf(stageOn(device))]).toEqual(
      expect.arrayContaining(['conv2d', 'conv2dTranspose', 'conv2dWeights']),
    );
    const [{ state: cpu }, { state }] = [await run(stageOn(CPU), CPU), await run(stageOn(device), device)];
    expect(worstError(state.parameters, cpu.parameters)).toBeLessThan(1e-3);
  });

  test('without a requested precision, only convolutions on a GPU round to TF32', async () => {
    const precisionOf = async (data: typeof dataset, options: DeviceOptions): Promise<string> =>
      (await prepareFit(data, options)).choice.matmulPrecision;
    expect(await precisionOf(images, { device: 'cuda' })).toBe('tf32-convolutions');
    expect(await precisionOf(images, { device: 'cuda', matmulPrecision: 'float32' })).toBe('float32');
    expect(await precisionOf(images, { device: 'cpu' })).toBe('float32');
    expect(await precisionOf(dataset, { device: 'cuda' })).toBe('float32');
    await expect(precisionOf(images, { device: 'cpu', matmulPrecision: 'tf32-convolutions' })).rejects.toMatchObject({
      code: 'unsupported-precision',
    });
    const config = fitConfigFor(images, { encoderRestarts: 2, epochs: 2, batch: 12, seed: 1 });
    const { device: rounding } = await trainingDevice(images, 'cuda');
    const [exact, rounded] = await Promise.all(
      [device, rounding].map((on) => run(encoderTrialStage(images, config, { device: on }), on)),
    );
    const error = worstError(rounded.state.parameters, exact.state.parameters);
    expect(error).toBeGreaterThan(1e-5);
    expect(error).toBeLessThan(1e-2);
  });

  test('the model names the device of its fit, is saved, and encodes on either device', async () => {
    await using model = await MultimodalCausalModel.fit(dataset, {
      ...SMALL,
      evidence: 'none',
      epochs: 1,
      device: 'cuda',
    });
    expect(model.summary.device).toMatchObject({ requested: 'cuda', name: 'cuda:0', reason: '' });
    await model.save(folder);
    await using loaded = await MultimodalCausalModel.load(folder);
    expect(loaded.summary.device).toEqual(model.summary.device);
    const [there, here] = [await model.encode(dataset), await loaded.encode(dataset)];
    for (const [name, values] of Object.entries(here)) expect(worstError(there[name], values)).toBeLessThan(1e-5);
  });

  test('a fit in tf32 is nearly the same, is marked, resumes only in tf32, and encodes in float32', async () => {
    const rounded = { ...SMALL, evidence: 'none', epochs: 1, device: 'cuda', matmulPrecision: 'tf32' } as const;
    const stop = new AbortController();
    const interrupted = MultimodalCausalModel.fit(dataset, {
      ...{ ...rounded, folder, signal: stop.signal },
      onProgress: () => {
        stop.abort();
      },
    });
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    const other = MultimodalCausalModel.fit(dataset, {
      ...{ ...rounded, matmulPrecision: 'float32', folder, resume: true },
    });
    await expect(other).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
    await using model = await MultimodalCausalModel.fit(dataset, { ...rounded, folder, resume: true });
    expect(model.summary.device).toMatchObject({ name: 'cuda:0', matmulPrecision: 'tf32' });
    await model.save(folder);
    await using loaded = await MultimodalCausalModel.load(folder);
    await using again = await MultimodalCausalModel.load(folder, { device: 'cuda' });
    const [fitted, cpu, gpu] = [await model.encode(dataset), await loaded.encode(dataset), await again.encode(dataset)];
    for (const [name, values] of Object.entries(cpu)) {
      expect(worstError(gpu[name], values)).toBeLessThan(1e-5);
      expect(worstError(fitted[name], values)).toBeLessThan(1e-2);
      expect(worstError(fitted[name], values)).toBeGreaterThan(1e-5);
    }
  });
});
