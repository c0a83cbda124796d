// A fit that several processes share: the bits of one, whoever trains which runs, however often somebody is lost.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { MultimodalCausalModel, workOnShards } from '../src/index.js';
import { readClaim } from '../src/shards/claim.js';
import { launchOf, Meeting } from '../src/shards/launcher.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { writeSimulation } from '../src/simulation/files.js';
import { simulate } from '../src/simulation/simulate.js';
import { explorationPart } from '../src/training/component-part.js';
import { fitConfig, type FitSettings } from '../src/training/config.js';
import { jointPart } from '../src/training/joint-part.js';
import { partOfRuns, rangesOf } from '../src/training/part-of-runs.js';
import type { TrainingPart } from '../src/training/part.js';
import { modalityShapes } from '../src/training/program.js';
import type { RunSummary } from '../src/training/run-folder.js';
import { Trainer } from '../src/training/trainer.js';
import { commandLine, MAIN } from './command-line.js';
import { scratch } from './scratch.js';

const { folder } = scratch();
const interlatent = commandLine();
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
    const isTimeless = (key: string, value: unknown) => (key === 'seconds' ? undefined : value);
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
    const own = { ...settings, seed: 1, evidence: false, threads: 1 };
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
    copyFileSync(join(shards, 'half-0.exploration.0.safetensors'), path);
    await expect(model(shards)).rejects.toMatchObject({ code: 'shard-mismatch' });
    writeFileSync(path, whole.toString('latin1').replace(/inputs\\":\\"./, 'inputs\\":\\"z'), 'latin1');
    await expect(model(shards)).rejects.toMatchObject({ code: 'shard-mismatch', details: { differs: 'inputs' } });
    writeFileSync(path, whole.subarray(0, 1000));
    await expect(model(shards)).rejects.toMatchObject({ code: 'damaged-file' });
    writeFileSync(path, whole);
  });
});

describe('workers of the command line', () => {
  const study = join(folder, 'data/study.yaml');
  const words = ['--runs', '2', '--epochs', '3', '--restarts', '8', '--seed', '4', '--threads', '1', '--no-evidence'];
  const inFolder = (name: string): string => join(folder, name);

  beforeAll(async () => {
    await writeSimulation(simulate('case1', { seed: 3, samples: 200, test: 20 }), inFolder('data'));
    const training = '\ntraining: { componentSteps: 400, polish: 1, hidden: 8, batch: 64 }\n';
    writeFileSync(study, readFileSync(study, 'utf8') + training);
  });

  function worker(shards: string, ...more: string[]): ChildProcess & { readonly lines: () => string } {
    const args = [MAIN, 'shard', study, '--out', inFolder(shards), '--of', '4', ...words, ...more];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
    return Object.assign(child, { lines: () => text });
  }

  test('one that is killed is taken over; gathering gives the RUN of a fit', async () => {
    expect(interlatent(folder, ['fit', study, '--out', 'one', ...words])).toMatchObject({ code: 0 });
    const killed = worker('parts', '--index', '0');
    const claim = inFolder('parts/fit.exploration.0.claim');
    while (!existsSync(claim) && killed.exitCode === null) await sleep(2);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect(existsSync(claim)).toBe(true);
    const second = worker('parts', '--gather', inFolder('many'));
    await once(second, 'close');
    expect(second.lines()).toContain('All shards are done');
    const taken = readFileSync(inFolder('parts/taken.jsonl'), 'utf8').trim().split('\n');
    expect(taken.map((line) => JSON.parse(line) as object)).toMatchObject([
      { shard: 'fit.exploration.0', from: { pid: killed.pid } },
    ]);
    for (const name of ['model.safetensors', 'graph.json', 'latents.csv']) {
      expect(readFileSync(inFolder(`many/${name}`), 'latin1')).toBe(readFileSync(inFolder(`one/${name}`), 'latin1'));
    }
    expect(
      readdirSync(inFolder('parts'))
        .filter((name) => !/safetensors$/.test(name))
        .sort(),
    ).toEqual(['plan.json', 'taken.jsonl']);
  });

  test('a fit starts its own, tells of one that is lost, and clears up', async () => {
    const args = [MAIN, 'fit', study, '--out', inFolder('by-two'), '--workers', '2', ...words];
    const leader = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const text: string[] = [];
    for (const stream of [leader.stdout, leader.stderr]) stream.on('data', (chunk) => text.push(String(chunk)));
    let pid: number | undefined;
    while (pid === undefined && leader.exitCode === null) {
      pid = (await readClaim(inFolder('by-two/shards/fit.exploration.1.claim')))?.pid;
      await sleep(2);
    }
    process.kill(pid!, 'SIGKILL');
    await once(leader, 'close');
    expect(text.join('')).toMatch(/worker \d ended: ended with SIGKILL; the others take its shard over/);
    expect(text.join('')).toContain('Written to');
    expect(readFileSync(inFolder('by-two/model.safetensors'))).toEqual(readFileSync(inFolder('one/model.safetensors')));
    expect(existsSync(inFolder('by-two/shards'))).toBe(false);
  });

  test('gather says what a folder is not, and does not write over a RUN', () => {
    expect(interlatent(folder, ['gather', 'data', '--out', 'x'])).toMatchObject({ code: 2, err: /\[no-shards\]/ });
    expect(interlatent(folder, ['gather', 'parts', '--out', 'one'])).toMatchObject({ code: 2, err: /\[run-exists\]/ });
    const elsewhere = ['gather', 'parts', '--study', 'nowhere.yaml', '--out', 'y'];
    expect(interlatent(folder, elsewhere)).toMatchObject({ code: 2, err: /nowhere\.yaml/ });
  });
});

describe('processes of a launcher', () => {
  test.each([
    [{ OMPI_COMM_WORLD_RANK: '2', OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_LOCAL_SIZE: '2' }, ['Open MPI', 2, 4, 2]],
    [{ PMI_RANK: '0', PMI_SIZE: '3' }, ['MPICH', 0, 3, 1]],
    [{ SLURM_PROCID: '1', SLURM_STEP_NUM_TASKS: '8', SLURM_NTASKS_PER_NODE: '4' }, ['srun', 1, 8, 4]],
    // A batch script of Slurm, and a world of one: nobody else is there.
    [{ SLURM_PROCID: '0', SLURM_NTASKS: '8' }, undefined],
    [{ OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '1' }, undefined],
  ])('are known by %o', (environment, expected) => {
    const launch = launchOf(environment);
    expect(launch && [launch.launcher, launch.rank, launch.size, launch.here]).toEqual(expected);
  });

  test('go on when they have seen each other, and name those whom they have not', async () => {
    const meetings = join(folder, 'meetings');
    const of = (rank: number) => ({ launcher: 'Open MPI', rank, size: 3, here: 3 });
    const meet = (rank: number) => Meeting.meet(meetings, of(rank), { deadline: 5 });
    for (const meeting of await Promise.all([0, 1, 2].map(meet))) await meeting.leave();
    // What a rank of another time has left is none that is here.
    writeFileSync(join(meetings, 'rank-2'), 'host 1 1 1\n');
    const both = [0, 1].map((rank) => Meeting.meet(meetings, of(rank), { deadline: 1 }));
    for (const one of await Promise.allSettled(both)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'rank-lost', details: { missing: [2] } } });
    }
  });
});
