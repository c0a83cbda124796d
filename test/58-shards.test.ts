// A fit that several processes share: the bits of one, whoever trains which runs, however often somebody is lost.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { MultimodalCausalModel, workOnShards } from '../src/index.js';
import { Lease, LeaseWatch } from '../src/shards/lease.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import { explorationStage } from '../src/training/component-stage.js';
import { fitConfig, type FitSettings } from '../src/training/config.js';
import { jointStage } from '../src/training/joint-stage.js';
import { stageOfRestarts, rangesOf } from '../src/training/stage-of-restarts.js';
import type { TrainingStage } from '../src/training/stage.js';
import { modalityShapes } from '../src/training/program.js';
import type { RunSummary } from '../src/training/run-folder.js';
import { Trainer } from '../src/training/trainer.js';
import { scratch } from './scratch.js';

const { folder } = scratch();
const data = simulatedDataset(simulate('case1', { seed: 3, samples: 200, test: 40 }));
const heartbeats = { every: 0.05, timeout: 1 };

describe('some of the runs of a stage', () => {
  const values = Float32Array.from({ length: data.ids.length * 4 }, (_, i) => Math.sin(i * i));
  const subspaces = { modalities: modalityShapes(data), values, split: data.split };
  const stages: Record<string, () => TrainingStage> = {
    joint: () =>
      jointStage(
        data,
        fitConfig({
          ...{ fit: 'joint', encoderRestarts: 5, epochs: 2, batch: 64, hidden: 16, seed: 5 },
          sparsity: { kind: 'both', weight: 0.05 },
        }),
      ),
    restarts: () => explorationStage(subspaces, fitConfig({ componentRestarts: 5, componentSteps: 100, batch: 32 })),
  };

  async function trained(stage: TrainingStage): Promise<number[][]> {
    const trainer = await Trainer.create(stage, { threads: 1 });
    try {
      await trainer.train();
      return Array.from(trainer.bestParameters().values(), (one) => [...one.values]);
    } finally {
      await trainer.dispose();
    }
  }

  test.each(['joint', 'restarts'])('train to the bits that they have among all (%s)', async (name) => {
    const stage = stages[name]();
    const whole = await trained(stage);
    for (const count of [2, 5]) {
      const ranges: number[][][] = [];
      for (const range of rangesOf(stage, count)) ranges.push(await trained(stageOfRestarts(stage, range)));
      expect(ranges).toHaveLength(count);
      expect(whole.map((_, i) => ranges.flatMap((range) => range[i]))).toEqual(whole);
    }
  });
});

describe('a fit that is shared', () => {
  const settings: FitSettings = {
    ...{
      encoderRestarts: 3,
      epochs: 60,
      componentRestarts: 8,
      componentSteps: 100,
      polish: 2,
      hidden: 8,
      batch: 64,
      patience: 1,
      seed: 2,
    },
    learningRate: 0.04,
  };
  const model = async (shards?: string) => {
    const fitted = await MultimodalCausalModel.fit(data, { ...settings, threads: 1, ...(shards && { shards }) });
    await fitted.save(join(folder, shards ? 'shared' : 'whole'));
    await fitted.dispose();
  };
  const files = ['model.safetensors', 'graph.json'];
  const written = (run: string) => files.map((name) => readFileSync(join(folder, run, name), 'latin1'));
  const shards = join(folder, 'shards');
  /** But for how long it took. */
  const summaryOf = (run: string) => {
    const text = readFileSync(join(folder, run, 'run.json'), 'utf8');
    // metrics.jsonl has the time of every epoch.
    const isTimeless = (key: string, value: unknown) =>
      ['seconds', 'metrics.jsonl'].includes(key) ? undefined : value;
    return JSON.parse(text, isTimeless) as RunSummary;
  };

  test('has the bits of one that is not, with runs that stop early', async () => {
    await model();
    await workOnShards(data, { folder: shards, of: 3, index: 1, heartbeats }, { ...settings, threads: 1 });
    await model(shards);
    expect(written('shared')).toEqual(written('whole'));
    const [own, one] = [summaryOf('shared'), summaryOf('whole')];
    expect(own).toEqual(one);
    // Shards that had stopped went on until the last one did.
    expect(own.stages[0].epochs).toBe(42);
  });

  test('trains a shard on that had stopped long before another improved', async () => {
    const own = { ...settings, seed: 1, evidence: 'none' as const, threads: 1 };
    const apart = join(folder, 'long');
    const whole = await MultimodalCausalModel.fit(data, own);
    await workOnShards(data, { folder: apart, of: 3, heartbeats }, own);
    const shared = await MultimodalCausalModel.fit(data, { ...own, shards: apart });
    expect(shared.history.map((epoch) => ({ ...epoch, seconds: 0 }))).toEqual(
      whole.history.map((epoch) => ({ ...epoch, seconds: 0 })),
    );
    expect(shared.graph).toEqual(whole.graph);
    await Promise.all([whole.dispose(), shared.dispose()]);
  });

  test.each([
    ['linear subspaces', { subspaces: 'linear' }],
    ['canonical correlation', { subspaces: 'correlation', epochs: 6, decoderEpochs: 2 }],
    ['subjects who lack modalities', { epochs: 6 }],
  ] as const)('has the bits of one that is not, with %s', async (name, more) => {
    const own = { ...settings, ...more, evidence: 'none' as const, threads: 1 };
    const lacking = { seed: 3, samples: 200, test: 40, missingModalities: 0.2 } as const;
    const of = name === 'subjects who lack modalities' ? simulatedDataset(simulate('case1', lacking)) : data;
    const apart = join(folder, name);
    const whole = await MultimodalCausalModel.fit(of, own);
    await workOnShards(of, { folder: apart, of: 2, heartbeats }, own);
    const shared = await MultimodalCausalModel.fit(of, { ...own, shards: apart });
    expect(shared.graph).toEqual(whole.graph);
    expect(await shared.encode(of)).toEqual(await whole.encode(of));
    await Promise.all([whole.dispose(), shared.dispose()]);
  });

  test('names what is missing, and writes nothing', async () => {
    rmSync(join(shards, 'fit.components.1.safetensors'));
    await expect(model(shards)).rejects.toMatchObject({
      code: 'shards-missing',
      details: { stage: 'fit.components', open: [1] },
    });
    await workOnShards(data, { folder: shards, heartbeats }, { ...settings, threads: 1 });
    rmSync(join(folder, 'shared'), { recursive: true });
    await model(shards);
    expect(written('shared')).toEqual(written('whole'));
  });

  test.each([
    ['other settings', { seed: 5 }, {}, 'config'],
    ['another kind of processor', {}, { engine: 'another' }, 'engine'],
    ['another version', {}, { version: '0.0.1' }, 'version'],
    ['other data', {}, { fingerprint: 'another' }, 'fingerprint'],
  ])('refuses workers of %s', async (_, own, changed, differs) => {
    const other = join(folder, 'other');
    mkdirSync(other, { recursive: true });
    const plan = JSON.parse(readFileSync(join(shards, 'plan.json'), 'utf8')) as object;
    writeFileSync(join(other, 'plan.json'), JSON.stringify({ ...plan, ...changed }));
    await expect(workOnShards(data, { folder: other }, { ...settings, ...own })).rejects.toMatchObject({
      code: 'shard-mismatch',
      details: { differs },
    });
    expect(readdirSync(other)).toEqual(['plan.json']);
  });

  test('finds out a shard of a stage that began elsewhere, and a damaged one', async () => {
    const path = join(shards, 'fit.exploration.0.safetensors');
    const whole = readFileSync(path);
    copyFileSync(join(shards, 'fold-0-0.exploration.0.safetensors'), path);
    await expect(model(shards)).rejects.toMatchObject({ code: 'shard-mismatch' });
    writeFileSync(path, whole.toString('latin1').replace(/inputs\\":\\"./, 'inputs\\":\\"z'), 'latin1');
    await expect(model(shards)).rejects.toMatchObject({ code: 'shard-mismatch', details: { differs: 'inputs' } });
    writeFileSync(path, whole.toString('latin1').replace('interlatent-shard-2', 'interlatent-shard-1'), 'latin1');
    await expect(model(shards)).rejects.toMatchObject({ code: 'shard-mismatch', details: { differs: 'format' } });
    writeFileSync(path, whole.subarray(0, 1000));
    await expect(model(shards)).rejects.toMatchObject({ code: 'damaged-file' });
    writeFileSync(path, whole);
  });
});

describe('a lease', () => {
  const path = join(folder, 'a.lease');
  const others = (heartbeat: number): string =>
    JSON.stringify({ worker: 'another', pid: 1, host: 'elsewhere', heartbeat, epoch: 7 });

  test('is its holder’s while it is being written, and not when another has it', async () => {
    const lease = (await Lease.take(path, new LeaseWatch({ every: 60, timeout: 60 })))!;
    writeFileSync(path, '');
    expect(await lease.isLost()).toBe(false);
    writeFileSync(path, others(1));
    expect(await lease.isLost()).toBe(true);
    await lease.release();
    // Not its own any more.
    expect(existsSync(path)).toBe(true);
  });

  test('is kept while its holder computes for longer than a lease may be silent', async () => {
    const path = join(folder, 'b.lease');
    const own = new LeaseWatch({ every: 0.05, timeout: 0.4 });
    const lease = (await Lease.take(path, own))!;
    lease.reportEpoch(5);
    const waiter = new Int32Array(new SharedArrayBuffer(4));
    const text = (): string => readFileSync(path, 'utf8');
    // Another worker looks on while this thread does nothing else.
    const watch = new LeaseWatch({ every: 0.05, timeout: 0.4 });
    const first = text();
    const seen = new Set<string>();
    for (const until = performance.now() + 1500; performance.now() < until;) {
      seen.add(text());
      Atomics.wait(waiter, 0, 0, 50);
    }
    expect(seen.size).toBeGreaterThan(3);
    expect(await watch.abandoned(path)).toBeUndefined();
    Atomics.wait(waiter, 0, 0, 1000);
    expect(await watch.abandoned(path)).toBeUndefined();
    expect(await lease.isLost()).toBe(false);
    expect(text()).not.toBe(first);
    expect(JSON.parse(text())).toMatchObject({ epoch: 5, pid: process.pid });
    await lease.release();
    expect(existsSync(path)).toBe(false);
    await sleep(150);
    expect(existsSync(path)).toBe(false);
  });

  test('is given up by its heartbeats when another has it', async () => {
    const path = join(folder, 'c.lease');
    const lease = (await Lease.take(path, new LeaseWatch({ every: 0.05, timeout: 60 })))!;
    writeFileSync(path, others(1));
    await sleep(300);
    expect(readFileSync(path, 'utf8')).toBe(others(1));
    await lease.release();
    expect(readFileSync(path, 'utf8')).toBe(others(1));
  });

  test('of another machine is taken over when it was silent for long, and not before', async () => {
    const watch = new LeaseWatch({ every: 0.02, timeout: 0.3 });
    const started = performance.now();
    for (let heartbeat = 1; performance.now() - started < 900; heartbeat++) {
      writeFileSync(path, others(heartbeat));
      expect(await Lease.take(path, watch)).toBeUndefined();
      await sleep(100);
    }
    await sleep(400);
    const lease = await Lease.take(path, watch);
    expect(lease?.from).toMatchObject({ host: 'elsewhere', epoch: 7 });
    await lease!.release();
    expect(existsSync(path)).toBe(false);
  });
});
