// GPUs that train the same runs together: each computes some tiles of every mini-batch. The bits are those of one GPU,
// for any number of GPUs and of groups that share the runs. The emulation replaces the GPUs and NCCL.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chooseDevice, groupsOf, type Device } from '../../src/runtime/device.js';
import { nativePath } from '../../src/runtime/native.js';
import { engineOf } from '../../src/distributed/shard-folder.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import { fitModel, type FittedModel } from '../../src/training/fit.js';
import { jointStage } from '../../src/training/joint-stage.js';
import type { TrainingStage } from '../../src/training/stage.js';
import { Trainer } from '../../src/training/trainer.js';
import { EMULATED } from '../fixtures/backends.js';
import { commandLine } from '../fixtures/command-line.js';
import { longTest } from '../fixtures/long.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const interlatent = commandLine();
const MAX = 4;
const NCCL = join(dirname(nativePath()), 'libinterlatent_nccl_emulated.so');

beforeAll(() => {
  process.env['INTERLATENT_EMULATION_DEVICES'] = String(MAX);
  process.env['INTERLATENT_NCCL_PATH'] = NCCL;
  if (EMULATED.device.backend === 'cuda') process.env['INTERLATENT_CUDA_PATH'] = EMULATED.device.library;
});

afterAll(() => {
  for (const name of ['EMULATION_DEVICES', 'NCCL_PATH', 'CUDA_PATH']) delete process.env[`INTERLATENT_${name}`];
});

/** Returns the first `count` emulated GPUs, of which groups of `dataParallel` train together. */
function gpus(count: number, dataParallel?: number): Device {
  const { device } = EMULATED;
  if (device.backend !== 'cuda') throw new Error('the emulation is a CUDA device');
  const [first, ...additionalDevices] = Array.from({ length: count }, (_, index) => ({
    ...device,
    name: `cuda:${index}`,
    index,
  }));
  return { ...first, ...(count > 1 && { additionalDevices }), ...(dataParallel !== undefined && { dataParallel }) };
}

const dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 1300, test: 40 }));
/** A mini-batch has three tiles. */
const JOINT: FitSettings = { fit: 'joint', encoderRestarts: 3, epochs: 2, batch: 576, hidden: 8, seed: 5 };
const joint = (device: Device, settings: FitSettings = {}): TrainingStage =>
  jointStage(dataset, fitConfig({ ...JOINT, ...settings }), device);

/** The description that a program gives of itself. */
interface Description {
  readonly runs: number;
  readonly ranks?: { readonly index: number; readonly count: number };
  readonly steps: Readonly<Record<string, { readonly launches: number; readonly gathered?: number }>>;
}

async function trained(device: Device, stage = joint(device)) {
  const trainer = await Trainer.create(stage, { threads: 1, device });
  try {
    while (!trainer.finished) await trainer.epoch();
    const { state } = trainer;
    return { ...state, history: state.history.map((epoch) => ({ ...epoch, seconds: 0 })) };
  } finally {
    await trainer.dispose();
  }
}

describe('a stage', () => {
  let one: ReturnType<typeof trained> | undefined;

  test.each([
    [2, 2],
    [3, 3],
    [4, 2],
    [4, 4],
  ])('on %i GPUs in groups of %i has the states, moments and figures of one GPU', async (count, together) => {
    one ??= trained(gpus(1, 1));
    expect(await trained(gpus(count, together))).toEqual(await one);
    expect((await one).epoch).toBe(2);
  });

  test('is divided: each of three GPUs computes a third of the blocks, and each gathers all gradients', async () => {
    const steps = async (device: Device) => {
      const trainer = await Trainer.create(joint(device), { threads: 1, device });
      try {
        return { ...(JSON.parse(trainer.describe()) as Description), memory: trainer.memory() };
      } finally {
        await trainer.dispose();
      }
    };
    const [alone, all] = [await steps(gpus(1, 1)), await steps(gpus(3, 3))];
    expect(all.memory.block).toBe(alone.memory.block);
    expect(all.memory.parameters).toBe(3 * alone.memory.parameters);
    expect(all.ranks).toMatchObject({ index: 0, count: 3 });
    expect(alone.ranks).toBeUndefined();
    // The copies of all gradients and losses, one per tile.
    const gradients = all.memory.gradients / 3;
    expect(all.steps['warm'].gathered).toBeGreaterThanOrEqual(3 * gradients);
    expect(all.steps['warm'].gathered).toBeLessThan(3.1 * gradients);
    expect(all.steps['evaluate']).not.toHaveProperty('gathered');
  });

  test('loses a failed run on all GPUs at the same time; the other runs continue', async () => {
    const stage = joint(gpus(1, 1));
    const [[name, first]] = stage.initial;
    const ofRun = first.length / stage.runs;
    const initial = new Map(stage.initial);
    initial.set(
      name,
      first.map((value, i) => (Math.floor(i / ofRun) === 1 ? NaN : value)),
    );
    const [alone, all] = [
      await trained(gpus(1, 1), { ...stage, initial }),
      await trained(gpus(2, 2), { ...stage, initial }),
    ];
    expect(alone.failures.map(({ restart }) => restart)).toEqual([1]);
    expect(all).toEqual(alone);
  });

  test('without tiles divides its runs among the GPUs', async () => {
    const small: FitSettings = { batch: 64, sparsity: { kind: 'both', weight: 0.05 } };
    const [one, two] = [gpus(1, 1), gpus(2, 2)];
    expect(await trained(two, joint(two, small))).toEqual(await trained(one, joint(one, small)));
    const trainer = await Trainer.create(joint(two, small), { threads: 1, device: two });
    expect((JSON.parse(trainer.describe()) as Description).runs).toBe(1);
    await trainer.dispose();
  });

  test('needs NCCL; the error says how to install it', async () => {
    process.env['INTERLATENT_NCCL_PATH'] = join(folder, 'libnccl.so.2');
    try {
      const device = gpus(2, 2);
      await expect(Trainer.create(joint(device), { threads: 1, device })).rejects.toMatchObject({
        name: 'DeviceError',
        code: 'no-nccl',
        message: expect.stringContaining('libnccl2'),
      });
    } finally {
      process.env['INTERLATENT_NCCL_PATH'] = NCCL;
    }
  });
});

describe('a fit', () => {
  const settings = fitConfig({
    ...{
      encoderRestarts: 2,
      epochs: 1,
      componentRestarts: 2,
      componentSteps: 10,
      polish: 1,
      hidden: 8,
      batch: 576,
      seed: 2,
    },
  });
  const hooks = { threads: 1, infersMissing: false };
  const bits = ({ parameters }: FittedModel): Buffer =>
    Buffer.concat([...parameters.values()].map(({ values }) => Buffer.from(values.slice().buffer)));
  const whole = (): Promise<FittedModel> => fitModel(dataset, settings, { ...hooks, device: gpus(1, 1) });

  longTest('on two GPUs together gives the model of one GPU', async () => {
    const fitted = await fitModel(dataset, settings, { ...hooks, device: gpus(2, 2) });
    expect(bits(fitted).equals(bits(await whole()))).toBe(true);
  });

  test('that was stopped continues with another number of GPUs, but not with whole mini-batches', async () => {
    const stop = new AbortController();
    const config = fitConfig(JOINT);
    const runHooks = { ...hooks, folder: join(folder, 'fit') };
    const stopped = fitModel(dataset, config, {
      ...{ ...runHooks, device: gpus(4, 2), signal: stop.signal },
      onProgress: ({ epoch }) => {
        if (epoch === 1) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    await expect(fitModel(dataset, config, { ...runHooks, device: gpus(4), resume: true })).rejects.toMatchObject({
      code: 'checkpoint-mismatch',
    });
    const resumed = await fitModel(dataset, config, { ...runHooks, device: gpus(4, 4), resume: true });
    const alone = await fitModel(dataset, config, { ...hooks, device: gpus(1, 1) });
    expect(bits(resumed).equals(bits(alone))).toBe(true);
  });
});

describe('the devices', () => {
  test('form groups of consecutive devices', () => {
    const names = (device: Device) => groupsOf(device).map((group) => group.map(({ name }) => name).join());
    expect(names(gpus(4, 2))).toEqual(['cuda:0,cuda:1', 'cuda:2,cuda:3']);
    expect(names(gpus(4))).toEqual(['cuda:0', 'cuda:1', 'cuda:2', 'cuda:3']);
    expect(engineOf(gpus(4, 2))).toBe(engineOf(gpus(1, 1)));
    expect(engineOf(gpus(4, 2))).not.toBe(engineOf(gpus(4)));
  });

  test('must be divisible into groups', async () => {
    await expect(chooseDevice('cuda', 'float32', 3)).rejects.toMatchObject({
      code: 'invalid-setting',
      message: expect.stringContaining('cuda:0 (1 device) cannot be divided into groups of 3'),
    });
    await expect(chooseDevice('cpu', 'float32', 2)).rejects.toMatchObject({ code: 'invalid-setting' });
    expect((await chooseDevice('cuda', 'float32', 1)).choice).toMatchObject({ dataParallel: 1 });
    expect((await chooseDevice('cpu', 'float32', 1)).choice).not.toHaveProperty('dataParallel');
  });
});

longTest(
  'the command line writes the model of one GPU, and reports how many train together',
  async () => {
    await writeSimulation(simulate('case1', { seed: 3, samples: 1300, test: 20 }), join(folder, 'data'));
    const fit = (device: string, together: number, out: string) => {
      const settings = [
        '--encoder-restarts',
        '2',
        '--epochs',
        '1',
        '--batch',
        '576',
        '--fit',
        'joint',
        '--evidence',
        'none',
      ];
      const where = ['--device', device, '--data-parallel', String(together), '--out', out];
      return interlatent(folder, ['fit', 'data/study.yaml', ...settings, ...where]);
    };
    expect(fit('cuda', 1, 'one')).toMatchObject({ code: 0, err: expect.any(String) });
    expect(fit('cuda:0,1', 2, 'two')).toMatchObject({ code: 0 });
    const file = (out: string, name: string): string => readFileSync(join(folder, out, name), 'latin1');
    expect(file('two', 'model.safetensors') === file('one', 'model.safetensors')).toBe(true);
    expect(JSON.parse(file('two', 'run.json'))).toMatchObject({ device: { name: 'cuda:0,1', dataParallel: 2 } });
    expect(fit('cuda:all', 3, 'three').err).toContain('cuda:0,1,2,3 (4 devices) cannot be divided into groups of 3');
  },
  120_000,
);
