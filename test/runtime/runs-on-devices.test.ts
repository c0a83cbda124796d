// The runs of a fit are divided among several GPUs. The bits are those of one GPU, for any number of GPUs. The tests
// use emulated GPUs.

import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { devicesOf, type Device } from '../../src/runtime/device.js';
import { foldsOf } from '../../src/selection/folds.js';
import { heldOutErrors } from '../../src/selection/held-out-errors.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { explorationStage } from '../../src/training/component-stage.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import { fitModel } from '../../src/training/fit.js';
import { jointStage } from '../../src/training/joint-stage.js';
import type { TrainingStage } from '../../src/training/stage.js';
import { modalityShapes } from '../../src/training/model-config.js';
import { Trainer } from '../../src/training/trainer.js';
import { EMULATED } from '../fixtures/backends.js';
import { commandLine } from '../fixtures/command-line.js';
import { longTest } from '../fixtures/long.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const interlatent = commandLine();
const MAX = 4;

beforeAll(() => {
  process.env['INTERLATENT_EMULATION_DEVICES'] = String(MAX);
  if (EMULATED.device.backend === 'cuda') process.env['INTERLATENT_CUDA_PATH'] = EMULATED.device.library;
});

afterAll(() => {
  delete process.env['INTERLATENT_EMULATION_DEVICES'];
  delete process.env['INTERLATENT_CUDA_PATH'];
});

/** Returns the first `count` emulated GPUs. */
function gpus(count: number): Device {
  const { device } = EMULATED;
  if (device.backend !== 'cuda') throw new Error('the emulation is a CUDA device');
  const [first, ...additionalDevices] = Array.from({ length: count }, (_, index) => ({
    ...device,
    name: `cuda:${index}`,
    index,
  }));
  return { ...first, additionalDevices };
}

const dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 200, test: 40 }));
const JOINT: FitSettings = {
  ...{ fit: 'joint', encoderRestarts: 5, epochs: 2, batch: 64, hidden: 16, seed: 5 },
  sparsity: { kind: 'both', weight: 0.05 },
};
const values = Float32Array.from({ length: dataset.ids.length * 4 }, (_, i) => Math.sin(i * i));
const subspaces = { modalities: modalityShapes(dataset), values, split: dataset.split };
const RESTARTS = { componentRestarts: 5, componentSteps: 100, batch: 32 };

async function trained(stage: TrainingStage, device: Device) {
  const trainer = await Trainer.create(stage, { threads: 1, device });
  try {
    while (!trainer.finished) await trainer.epoch();
    const { state } = trainer;
    return { ...state, history: state.history.map((epoch) => ({ ...epoch, seconds: 0 })) };
  } finally {
    await trainer.dispose();
  }
}

describe.each<[string, (device: Device) => TrainingStage]>([
  ['a joint fit', (device) => jointStage(dataset, fitConfig(JOINT), device)],
  ['restarts of the components', (device) => explorationStage(subspaces, fitConfig(RESTARTS), device)],
])('%s on several GPUs', (_, stage) => {
  let one: ReturnType<typeof trained> | undefined;

  test.each([2, MAX])('%i GPUs give the states, moments and figures of one', async (count) => {
    one ??= trained(stage(gpus(1)), gpus(1));
    expect(await trained(stage(gpus(count)), gpus(count))).toEqual(await one);
  });
});

test('every GPU has different runs, and no more GPUs are used than there are runs', async () => {
  const stage = jointStage(dataset, fitConfig({ ...JOINT, encoderRestarts: 3 }), gpus(MAX));
  const [one, all] = [
    await Trainer.create(stage, { device: gpus(1) }),
    await Trainer.create(stage, { device: gpus(MAX) }),
  ];
  // Each of the three GPUs has the data set.
  const share = (trainer: Trainer<TrainingStage>, slab: 'data' | 'parameters'): number => trainer.memory()[slab];
  expect(share(all, 'data') / share(one, 'data')).toBeCloseTo(3, 1);
  expect(share(all, 'parameters') / share(one, 'parameters')).toBeCloseTo(1, 1);
  await Promise.all([one.dispose(), all.dispose()]);
});

test('runs that fail are reported by their number in the fit; the other runs continue', async () => {
  const stage = jointStage(dataset, fitConfig(JOINT), gpus(3));
  const [[name, first]] = stage.initial;
  const ofRun = first.length / stage.runs;
  const initial = new Map(stage.initial);
  initial.set(
    name,
    first.map((value, i) => ([1, 4].includes(Math.floor(i / ofRun)) ? NaN : value)),
  );
  const [one, all] = [await trained({ ...stage, initial }, gpus(1)), await trained({ ...stage, initial }, gpus(3))];
  expect(one.failures.map(({ restart }) => restart)).toEqual([1, 4]);
  expect(all).toEqual(one);
});

test('a fit resumes from its checkpoint on another number of GPUs, to the same bits', async () => {
  const settings = fitConfig({ ...JOINT, epochs: 3 });
  const whole = await fitModel(dataset, settings, { threads: 1, device: gpus(1), infersMissing: false });
  const stop = new AbortController();
  const hooks = { threads: 1, folder: join(folder, 'fit'), infersMissing: false };
  const stopped = fitModel(dataset, settings, {
    ...{ ...hooks, device: gpus(2), signal: stop.signal },
    onProgress: ({ epoch }) => {
      if (epoch === 1) stop.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  const resumed = await fitModel(dataset, settings, { ...hooks, device: gpus(3), resume: true });
  expect([...resumed.parameters]).toEqual([...whole.parameters]);
});

longTest('candidates of a selection are divided among GPUs too', async () => {
  const folds = foldsOf(dataset.split.train, 2, 0);
  const settings = { maxLatents: 1, seed: 0, threads: 1 };
  const [one, all] = [1, 3].map((count) => heldOutErrors(dataset, folds, { ...settings, device: gpus(count) }));
  expect(await all).toEqual(await one);
});

describe('the command line', () => {
  const out = (device: string, kind: string): string => `${kind}-${device.replace(/\W/g, '-')}`;
  const fit = (device: string, kind: string) => {
    const args = ['fit', 'data/study.yaml', '--device', device, '--out', out(device, kind), '--fit', kind];
    return interlatent(folder, [...args, '--evidence', 'none']);
  };

  beforeAll(async () => {
    await writeSimulation(simulate('case1', { seed: 3, samples: 100, test: 20 }), join(folder, 'data'));
    appendFileSync(
      join(folder, 'data/study.yaml'),
      '\ntraining: { encoderRestarts: 3, epochs: 1, componentRestarts: 4, componentSteps: 20, polish: 1, ' +
        'hidden: 8, batch: 64 }\n',
    );
  });

  const NAME = 'cuda:N,M writes the model of one GPU, and names the devices (%s)';
  test.each(['joint'])(NAME, writesTheSame, 120_000);
  longTest.each(['two-stage'])(NAME, writesTheSame, 120_000);

  function writesTheSame(kind: string): void {
    const file = (device: string, name: string) => readFileSync(join(folder, out(device, kind), name), 'latin1');
    for (const [device, name] of [
      ['cuda', 'cuda:0'],
      ['cuda:3,1', 'cuda:3,1'],
    ]) {
      expect(fit(device, kind)).toMatchObject({ code: 0 });
      expect(JSON.parse(file(device, 'run.json'))).toMatchObject({ device: { requested: device, name } });
      expect(file(device, 'model.safetensors') === file('cuda', 'model.safetensors')).toBe(true);
    }
  }

  test('cuda:all means all devices, and an error names a missing device', () => {
    const all = interlatent(folder, ['inspect', 'data/study.yaml', '--device', 'cuda:all']);
    expect(all.out + all.err).toContain('cuda:0,1,2,3');
    expect(fit('cuda:0,7', 'joint')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/there is no device 7; available are cuda:0/),
    });
    expect(fit('cuda:0,', 'joint')).toMatchObject({ code: 2, err: expect.stringContaining('cuda:N,M') });
  });
});

test('several devices are listed as one each for runs; the default is the CPU', () => {
  expect(devicesOf(gpus(3)).map(({ name }) => name)).toEqual(['cuda:0', 'cuda:1', 'cuda:2']);
  expect(devicesOf().map(({ name }) => name)).toEqual(['cpu']);
});
