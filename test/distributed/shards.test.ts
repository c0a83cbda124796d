// Shared fits: they have the bits of one process, independent of which worker trains which restarts, and of lost
// workers.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { MultimodalCausalModel, workOnShards } from '../../src/index.js';
import { Lease, LeaseWatch } from '../../src/distributed/lease.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { explorationStage } from '../../src/training/component-stage.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import { jointStage } from '../../src/training/joint-stage.js';
import { stageOfRestarts, rangesOf } from '../../src/training/stage-of-restarts.js';
import type { TrainingStage } from '../../src/training/stage.js';
import { modalityShapes } from '../../src/training/model-config.js';
import type { RunSummary } from '../../src/training/run-folder.js';
import { Trainer } from '../../src/training/trainer.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const data = simulatedDataset(simulate('case1', { seed: 3, samples: 200, test: 40 }));
const heartbeats = { every: 0.05, timeout: 1 };

describe('some of the restarts of a stage', () => {
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

  test.each(['joint', 'restarts'])('train to the same bits as among all restarts (%s)', async (name) => {
    const stage = stages[name]();
    const whole = await trained(stage);
    for (const count of [2, 5]) {
      const ranges: number[][][] = [];
      for (const range of rangesOf(stage.runs, count)) ranges.push(await trained(stageOfRestarts(stage, range)));
      expect(ranges).toHaveLength(count);
      expect(whole.map((_, i) => ranges.flatMap((range) => range[i]))).toEqual(whole);
    }
  });
});

describe('a shared fit', () => {
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
  /** Returns the summary without times. */
  const summaryOf = (run: string) => {
    const text = readFileSync(join(folder, run, 'run.json'), 'utf8');
    // The digest of metrics.jsonl is left out, because it contains the times of epochs.
    const isTimeless = (key: string, value: unknown) =>
      ['seconds', 'metrics.jsonl'].includes(key) ? undefined : value;
    return JSON.parse(text, isTimeless) as RunSummary;
  };

  test('has the bits of a fit in one process, with restarts that stop early', async () => {
    await model();
    await workOnShards(data, { folder: shards, of: 3, index: 1, heartbeats }, { ...settings, threads: 1 });
    await model(shards);
    expect(written('shared')).toEqual(written('whole'));
    const [shared, one] = [summaryOf('shared'), summaryOf('whole')];
    expect(shared).toEqual(one);
    // Shards that had stopped continued until the last one stopped.
    expect(shared.stages[0].epochs).toBe(42);
  });

  test('continues a shard that had stopped long before another one improved', async () => {
    const options = { ...settings, seed: 1, evidence: 'none' as const, threads: 1 };
    const apart = join(folder, 'long');
    const whole = await MultimodalCausalModel.fit(data, options);
    await workOnShards(data, { folder: apart, of: 3, heartbeats }, options);
    const shared = await MultimodalCausalModel.fit(data, { ...options, shards: apart });
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
    const options = { ...settings, ...more, evidence: 'none' as const, threads: 1 };
    const lacking = { seed: 3, samples: 200, test: 40, missingModalities: 0.2 } as const;
    const of = name === 'subjects who lack modalities' ? simulatedDataset(simulate('case1', lacking)) : data;
    const apart = join(folder, name);
    const whole = await MultimodalCausalModel.fit(of, options);
    await workOnShards(of, { folder: apart, of: 2, heartbeats }, options);
    const shared = await MultimodalCausalModel.fit(of, { ...options, shards: apart });
    expect(shared.graph).toEqual(whole.graph);
    expect(await shared.encode(of)).toEqual(await whole.encode(of));
    await Promise.all([whole.dispose(), shared.dispose()]);
  });

  test('names missing shards, and writes nothing', async () => {
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
  ])('refuses workers with %s', async (_, options, changed, differs) => {
    const other = join(folder, 'other');
    mkdirSync(other, { recursive: true });
    const plan = JSON.parse(readFileSync(join(shards, 'plan.json'), 'utf8')) as object;
    writeFileSync(join(other, 'plan.json'), JSON.stringify({ ...plan, ...changed }));
    await expect(workOnShards(data, { folder: other }, { ...settings, ...options })).rejects.toMatchObject({
      code: 'shard-mismatch',
      details: { differs },
    });
    expect(readdirSync(other)).toEqual(['plan.json']);
  });

  test('detects a damaged shard, and one of a stage with other inputs', async () => {
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
  const leaseOfAnother = (heartbeat: number): string =>
    JSON.stringify({ worker: 'another', pid: 1, host: 'elsewhere', heartbeat, epoch: 7 });

  test('belongs to its holder while it is half-written, but not after another worker took it over', async () => {
    const lease = (await Lease.take(path, new LeaseWatch({ every: 60, timeout: 60 })))!;
    writeFileSync(path, '');
    expect(await lease.isLost()).toBe(false);
    writeFileSync(path, leaseOfAnother(1));
    expect(await lease.isLost()).toBe(true);
    await lease.release();
    // The lease of the other worker is not removed.
    expect(existsSync(path)).toBe(true);
  });

  test('is renewed while its holder computes for longer than the timeout', async () => {
    const path = join(folder, 'b.lease');
    const holder = new LeaseWatch({ every: 0.05, timeout: 0.4 });
    const lease = (await Lease.take(path, holder))!;
    lease.reportEpoch(5);
    const waiter = new Int32Array(new SharedArrayBuffer(4));
    // A heartbeat empties the file before it writes.
    const text = (): string => readFileSync(path, 'utf8') || text();
    // Another worker observes the lease while this thread is blocked.
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

  test('has no further heartbeats after another worker took it over', async () => {
    const path = join(folder, 'c.lease');
    const lease = (await Lease.take(path, new LeaseWatch({ every: 0.05, timeout: 60 })))!;
    writeFileSync(path, leaseOfAnother(1));
    await sleep(300);
    expect(readFileSync(path, 'utf8')).toBe(leaseOfAnother(1));
    await lease.release();
    expect(readFileSync(path, 'utf8')).toBe(leaseOfAnother(1));
  });

  test('of another host is taken over after the timeout, and not before', async () => {
    const watch = new LeaseWatch({ every: 0.02, timeout: 0.3 });
    const started = performance.now();
    for (let heartbeat = 1; performance.now() - started < 900; heartbeat++) {
      writeFileSync(path, leaseOfAnother(heartbeat));
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
