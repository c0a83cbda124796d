// A fit that several processes share: the bits of one, whoever trains which runs, however often somebody is lost.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { MultimodalCausalModel, workOnShards } from '../src/index.js';
import { Claim, ClaimWatch } from '../src/shards/claim.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import { explorationPart } from '../src/training/component-part.js';
import { fitConfig, type FitSettings } from '../src/training/config.js';
import { jointPart } from '../src/training/joint-part.js';
import { partOfRuns, rangesOf } from '../src/training/part-of-runs.js';
import type { TrainingPart } from '../src/training/part.js';
import { modalityShapes } from '../src/training/program.js';
import type { RunSummary } from '../src/training/run-folder.js';
import { Trainer } from '../src/training/trainer.js';
import { scratch } from './scratch.js';

const { folder } = scratch();
const data = simulatedDataset(simulate('case1', { seed: 3, samples: 200, test: 40 }));
const beats = { every: 0.05, most: 1 };

describe('some of the runs of a part', () => {
  const values = Float32Array.from({ length: data.ids.length * 4 }, (_, i) => Math.sin(i * i));
  const subspaces = { modalities: modalityShapes(data), values, split: data.split };
  const parts: Record<string, () => TrainingPart> = {
    joint: () =>
      jointPart(
        data,
        fitConfig({
          ...{ fit: 'joint', runs: 5, epochs: 2, batch: 64, hidden: 16, seed: 5 },
          sparsity: { kind: 'both', weight: 0.05 },
        }),
      ),
    restarts: () => explorationPart(subspaces, fitConfig({ restarts: 5, componentSteps: 100, batch: 32 })),
  };

  async function trained(part: TrainingPart): Promise<number[][]> {
    const trainer = await Trainer.create(part, { threads: 1 });
    try {
      await trainer.train();
      return Array.from(trainer.bestParameters().values(), (one) => [...one.values]);
    } finally {
      await trainer.dispose();
    }
  }

  test.each(['joint', 'restarts'])('train to the bits that they have among all (%s)', async (name) => {
    const part = parts[name]();
    const whole = await trained(part);
    for (const count of [2, 5]) {
      const ranges: number[][][] = [];
      for (const range of rangesOf(part, count)) ranges.push(await trained(partOfRuns(part, range)));
      expect(ranges).toHaveLength(count);
      expect(whole.map((_, i) => ranges.flatMap((range) => range[i]))).toEqual(whole);
    }
  });
});

describe('a fit that is shared', () => {
  const settings: FitSettings = {
    ...{ runs: 3, epochs: 60, restarts: 8, componentSteps: 100, polish: 2, hidden: 8, batch: 64, patience: 1, seed: 2 },
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
    await workOnShards(data, { folder: shards, of: 3, index: 1, beats }, { ...settings, threads: 1 });
    await model(shards);
    expect(written('shared')).toEqual(written('whole'));
    const [own, one] = [summaryOf('shared'), summaryOf('whole')];
    expect(own).toEqual(one);
    // Shards that had stopped went on until the last one did.
    expect(own.parts[0].epochs).toBe(42);
  });

  test('trains a shard on that had stopped long before another improved', async () => {
    const own = { ...settings, seed: 1, evidence: 'none' as const, threads: 1 };
    const apart = join(folder, 'long');
    const whole = await MultimodalCausalModel.fit(data, own);
    await workOnShards(data, { folder: apart, of: 3, beats }, own);
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
    await workOnShards(of, { folder: apart, of: 2, beats }, own);
    const shared = await MultimodalCausalModel.fit(of, { ...own, shards: apart });
    expect(shared.graph).toEqual(whole.graph);
    expect(await shared.encode(of)).toEqual(await whole.encode(of));
    await Promise.all([whole.dispose(), shared.dispose()]);
  });

  test('names what is missing, and writes nothing', async () => {
    rmSync(join(shards, 'fit.components.1.safetensors'));
    await expect(model(shards)).rejects.toMatchObject({
      code: 'shards-missing',
      details: { part: 'fit.components', open: [1] },
    });
    await workOnShards(data, { folder: shards, beats }, { ...settings, threads: 1 });
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

  test('finds out a shard of a part that began elsewhere, and a damaged one', async () => {
    const path = join(shards, 'fit.exploration.0.safetensors');
    const whole = readFileSync(path);
    copyFileSync(join(shards, 'fold-0-0.exploration.0.safetensors'), path);
    await expect(model(shards)).rejects.toMatchObject({ code: 'shard-mismatch' });
    writeFileSync(path, whole.toString('latin1').replace(/inputs\\":\\"./, 'inputs\\":\\"z'), 'latin1');
    await expect(model(shards)).rejects.toMatchObject({ code: 'shard-mismatch', details: { differs: 'inputs' } });
    writeFileSync(path, whole.subarray(0, 1000));
    await expect(model(shards)).rejects.toMatchObject({ code: 'damaged-file' });
    writeFileSync(path, whole);
  });
});

describe('a claim', () => {
  const path = join(folder, 'a.claim');
  const others = (beat: number): string =>
    JSON.stringify({ worker: 'another', pid: 1, host: 'elsewhere', beat, epoch: 7 });

  test('is its holder’s while it is being written, and not when another has it', async () => {
    const claim = (await Claim.take(path, new ClaimWatch({ every: 60, most: 60 })))!;
    writeFileSync(path, '');
    expect(await claim.isLost()).toBe(false);
    writeFileSync(path, others(1));
    expect(await claim.isLost()).toBe(true);
    await claim.release();
    // Not its own any more.
    expect(existsSync(path)).toBe(true);
  });

  test('is kept while its holder computes for longer than a claim may be silent', async () => {
    const path = join(folder, 'b.claim');
    const own = new ClaimWatch({ every: 0.05, most: 0.4 });
    const claim = (await Claim.take(path, own))!;
    claim.told(5);
    const waiter = new Int32Array(new SharedArrayBuffer(4));
    const text = (): string => readFileSync(path, 'utf8');
    // Another worker looks on while this thread does nothing else.
    const watch = new ClaimWatch({ every: 0.05, most: 0.4 });
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
    expect(await claim.isLost()).toBe(false);
    expect(text()).not.toBe(first);
    expect(JSON.parse(text())).toMatchObject({ epoch: 5, pid: process.pid });
    await claim.release();
    expect(existsSync(path)).toBe(false);
    await sleep(150);
    expect(existsSync(path)).toBe(false);
  });

  test('is given up by its beats when another has it', async () => {
    const path = join(folder, 'c.claim');
    const claim = (await Claim.take(path, new ClaimWatch({ every: 0.05, most: 60 })))!;
    writeFileSync(path, others(1));
    await sleep(300);
    expect(readFileSync(path, 'utf8')).toBe(others(1));
    await claim.release();
    expect(readFileSync(path, 'utf8')).toBe(others(1));
  });

  test('of another machine is taken over when it was silent for long, and not before', async () => {
    const watch = new ClaimWatch({ every: 0.02, most: 0.3 });
    const started = performance.now();
    for (let beat = 1; performance.now() - started < 900; beat++) {
      writeFileSync(path, others(beat));
      expect(await Claim.take(path, watch)).toBeUndefined();
      await sleep(100);
    }
    await sleep(400);
    const claim = await Claim.take(path, watch);
    expect(claim?.from).toMatchObject({ host: 'elsewhere', epoch: 7 });
    await claim!.release();
    expect(existsSync(path)).toBe(false);
  });
});
