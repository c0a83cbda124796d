// A process group: ranks that train the same restarts together, each with some tiles of every mini-batch. Any number of
// ranks has the bits of one rank, and an error names a lost rank. Here all ranks are in this process; ranks of mpirun
// are in test/distributed/shards.scale.test.ts.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { workOnShards } from '../../src/background/shards.js';
import { parseDescription } from '../../src/cli/profile-description.js';
import { native } from '../../src/runtime/native.js';
import { CPU } from '../../src/runtime/device.js';
import type { Launch } from '../../src/distributed/launch.js';
import { ShardFolder } from '../../src/distributed/shard-folder.js';
import { ShardTrainer } from '../../src/distributed/shard-trainer.js';
import { ProcessGroup } from '../../src/distributed/process-group.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import { fitModel, type FittedModel } from '../../src/training/fit.js';
import { sharingWarnings } from '../../src/training/fit-warnings.js';
import { jointStage } from '../../src/training/joint-stage.js';
import { Trainer } from '../../src/training/trainer.js';
import { withEnvironment } from '../fixtures/environment.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const data = simulatedDataset(simulate('case1', { seed: 3, samples: 1300, test: 40 }));
/** Settings with three tiles per mini-batch, in the subspaces and in the components. */
const config = fitConfig({
  ...{
    encoderRestarts: 2,
    epochs: 4,
    componentRestarts: 3,
    componentSteps: 40,
    polish: 1,
    hidden: 8,
    batch: 576,
    seed: 2,
  },
});
const local = (count: number, seconds = 60) => native().Ranks.local(count, seconds);

describe('a stage', () => {
  const stage = jointStage(
    data,
    fitConfig({ ...{ fit: 'joint', encoderRestarts: 2, epochs: 3, batch: 576, hidden: 8, seed: 5 } }),
  );

  async function trained(ranks = local(1)[0], threads = 1) {
    const trainer = await Trainer.create(stage, { threads }, ranks);
    try {
      await trainer.train();
      const history = trainer.state.history.map((epoch) => ({ ...epoch, seconds: 0 }));
      return { ...trainer.state, history };
    } finally {
      await trainer.dispose();
    }
  }

  test('has the bits of one rank on each of 2, 3 and 5 ranks, with one or two threads', async () => {
    const alone = await trained();
    expect(alone.epoch).toBe(3);
    for (const count of [2, 3, 5]) {
      const all = await Promise.all(local(count).map((ranks, i) => trained(ranks, 1 + (i % 2))));
      for (const one of all) expect(one).toEqual(alone);
    }
  });

  test('is divided: each of three ranks computes a third of every mini-batch', async () => {
    const work = async (ranks: ReturnType<typeof local>[number]): Promise<number[]> => {
      const trainer = await Trainer.create(stage, { threads: 1, profile: true }, ranks);
      await trainer.epoch();
      const { profile } = parseDescription(trainer.describe());
      await trainer.dispose();
      return profile['warm'].filter(({ kernel }) => kernel === 'matmul').map(({ flops }) => flops);
    };
    const [alone] = await Promise.all(local(1).map(work));
    expect(alone.length).toBeGreaterThan(5);
    const each = await Promise.all(local(3).map(work));
    expect(each).toEqual(Array.from(each, () => alone.map((flops) => flops / 3)));
  });

  test('can be stopped while it waits for the other ranks', async () => {
    const trainer = await Trainer.create(stage, { threads: 1 }, local(2)[0]);
    const stop = new AbortController();
    const training = trainer.train({ signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(training).rejects.toThrow('enough');
    expect(trainer.state.epoch).toBe(0);
    await trainer.dispose();
  });
});

/** Fits with ranks of this process that exchange files in a folder. */
async function fitBy(count: number, path: string, spoil?: (epochs: number, group: ProcessGroup) => void) {
  const launch = (rank: number): Launch => ({ launcher: 'a test', rank, size: count, localSize: count });
  const plan = { settings: {}, config, evidence: 'none' as const, fingerprint: data.fingerprint };
  const heartbeats = { every: 0.05, timeout: 5 };
  const fits = local(count, 20).map(async (ranks, rank): Promise<FittedModel> => {
    const group = new ProcessGroup(ranks, launch(rank));
    const shards = await ShardFolder.open(
      { folder: path, of: 1, index: 0, dataParallel: count, heartbeats },
      'work',
      plan,
      CPU,
    );
    let epochs = 0;
    const onEvent = ({ event }: { event: string }): void => {
      if (event === 'epoch' && rank === count - 1) spoil?.(++epochs, group);
    };
    const trainer = new ShardTrainer(shards, count > 1 ? group : undefined);
    try {
      return await fitModel(data, config, { threads: 1, shards: trainer, onEvent, checkpointEvery: 0 });
    } catch (error) {
      group.leave('has failed too');
      throw error;
    }
  });
  return Promise.allSettled(fits);
}

const bitsOf = ({ parameters }: FittedModel) => Array.from(parameters, ([name, { values }]) => [name, [...values]]);
const modelOf = (ended: PromiseSettledResult<FittedModel>) => {
  if (ended.status === 'rejected') throw ended.reason;
  return bitsOf(ended.value);
};

describe('a fit', () => {
  let whole: unknown;
  test('has the same model on every rank', async () => {
    whole = modelOf((await fitBy(1, join(folder, 'one')))[0]);
    for (const ended of await fitBy(3, join(folder, 'three'))) expect(modelOf(ended)).toEqual(whole);
  });

  test('names the lost rank and the stage, and continues from its checkpoint', async () => {
    const path = join(folder, 'lost');
    const [first, last] = await fitBy(2, path, (epochs, group) => {
      if (epochs === 2) group.leave('has no memory left');
    });
    expect(last.status).toBe('rejected');
    expect(first).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'rank-lost',
        message: expect.stringMatching(/rank 1 has no memory left, in epoch \d of fit\.\w+\. .*--resume/),
        details: { stage: expect.stringMatching(/^fit\./), epoch: expect.any(Number) },
      },
    });
    expect(readdirSync(path).filter((name) => name.endsWith('.going.safetensors'))).toHaveLength(1);
    for (const ended of await fitBy(2, path)) expect(modelOf(ended)).toEqual(whole);
  });

  test('is not continued by ranks with different parameters', async () => {
    const groups = local(2, 20).map(
      (ranks, rank) => new ProcessGroup(ranks, { launcher: 'x', rank, size: 2, localSize: 2 }),
    );
    const stage = jointStage(
      data,
      fitConfig({ ...{ fit: 'joint', encoderRestarts: 1, epochs: 1, batch: 576, hidden: 8 } }),
    );
    const trainer = await Trainer.create(stage, { threads: 1 });
    const { state } = trainer;
    await trainer.dispose();
    const other = { ...state, parameters: state.parameters.map((value, i) => (i === 3 ? value + 1e-7 : value)) };
    const agreed = await Promise.all([groups[0].agree(state, false), groups[1].agree(state, true)]);
    expect(agreed).toEqual([true, true]);
    const ended = await Promise.allSettled([groups[0].agree(state, false), groups[1].agree(other, false)]);
    const mismatch = { reason: { code: 'rank-mismatch', details: { ranks: [0, 1] } } };
    expect(ended).toMatchObject([mismatch, mismatch]);
    expect(() => {
      groups[1].checkBeginning(['fit.joint', 'a'], ['fit.joint', 'b']);
    }).toThrow(/begin with different numbers/);
  });
});

test('stages whose mini-batches are one tile are divided by restarts', () => {
  const path = join(folder, 'three');
  const names = readdirSync(path).filter((name) => /^fit\..*\d\.safetensors$/.test(name));
  const shardsOf = (stage: string): number => names.filter((name) => name.startsWith(`fit.${stage}.`)).length;
  // Exploration uses 64 subjects per step, which is one tile.
  expect(Object.fromEntries(['subspaces', 'exploration'].map((stage) => [stage, shardsOf(stage)]))).toEqual({
    subspaces: 1,
    exploration: 3,
  });
});

test('a warning says that fewer processes than requested have a part of a mini-batch', () => {
  const codes = (settings: FitSettings, count: number) =>
    sharingWarnings(data, fitConfig(settings), count).map(({ code, text }) => [code, text.split(':')[0]]);
  expect(codes({ batch: 576 }, 3)).toEqual([]);
  expect(codes({ batch: 576 }, 4)).toEqual([['few-tiles', 'Mini-batches of 576 subjects have 3 tiles']]);
  expect(codes({ batch: 128 }, 2)).toEqual([['few-tiles', 'Mini-batches of 128 subjects have one tile']]);
  expect(codes({ batch: 576, fit: 'joint', sparsity: { kind: 'jacobian' } }, 2)).toHaveLength(1);
});

describe('data-parallel training', () => {
  const shards = { folder: join(folder, 'none'), dataParallel: 2 };
  const names = ['OMPI_MCA_memory', 'UCX_MEM_EVENTS'];
  afterAll(() => {
    for (const name of names) Reflect.deleteProperty(process.env, name);
  });

  const refused = async (environment: Readonly<Record<string, string>>): Promise<unknown> =>
    withEnvironment(environment, () =>
      workOnShards(data, shards).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );

  test('sets the environment of MPI libraries before any thread is started', async () => {
    for (const name of names) Reflect.deleteProperty(process.env, name);
    const ending = workOnShards(data, shards);
    const values = names.map((name) => process.env[name]);
    await expect(ending).rejects.toMatchObject({ code: 'invalid-option' });
    expect(values).toEqual(['^patcher', 'no']);
  });

  test('refuses a single process, a number of ranks that cannot be divided, and a missing library', async () => {
    expect(await refused({})).toMatchObject({ code: 'invalid-option', message: expect.stringMatching(/mpirun -n 2/) });
    const ranks = (count: number) => ({ OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: String(count) });
    expect(await refused(ranks(3))).toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/Open MPI has started 3 processes, which cannot be divided into groups of 2/),
    });
    const missing = { ...ranks(2), INTERLATENT_MPI_PATH: join(folder, 'libmpi.so') };
    expect(await refused(missing)).toMatchObject({
      code: 'no-mpi',
      message: expect.stringMatching(/no MPI library could be opened.*INTERLATENT_MPI_PATH/s),
    });
    expect(existsSync(shards.folder)).toBe(false);
  });
});
