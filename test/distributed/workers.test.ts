// Processes that share a fit: workers of the command line that are killed or stopped, workers of a fit, and of a
// launcher.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readLease } from '../../src/distributed/lease.js';
import { launchOf, Meeting } from '../../src/distributed/launch.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { commandLine, MAIN } from '../fixtures/command-line.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const interlatent = commandLine();

describe('workers of the command line', () => {
  const study = join(folder, 'data/study.yaml');
  const words = [
    '--encoder-restarts',
    '2',
    '--epochs',
    '3',
    '--component-restarts',
    '8',
    '--seed',
    '4',
    '--threads',
    '1',
    '--evidence',
    'none',
  ];
  const inFolder = (name: string): string => join(folder, name);

  beforeAll(async () => {
    await writeSimulation(simulate('case1', { seed: 3, samples: 200, test: 20 }), inFolder('data'));
    const training = '\ntraining: { componentSteps: 400, polish: 1, hidden: 8, batch: 64 }\n';
    writeFileSync(study, readFileSync(study, 'utf8') + training);
  });

  const shard = (shards: string): string[] => ['shard', study, '--out', inFolder(shards), '--of', '4', ...words];

  function worker(shards: string, ...more: string[]): ChildProcess & { readonly lines: () => string } {
    const args = [MAIN, ...shard(shards), ...more];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
    return Object.assign(child, { lines: () => text });
  }

  test('take over the shard of a killed worker; gathering gives the RUN of a fit', async () => {
    expect(interlatent(folder, ['fit', study, '--out', 'one', ...words])).toMatchObject({ code: 0 });
    const killed = worker('parts', '--index', '0');
    const lease = inFolder('parts/fit.exploration.0.lease');
    while (!existsSync(lease) && killed.exitCode === null) await sleep(2);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect(existsSync(lease)).toBe(true);
    const second = interlatent(folder, [...shard('parts'), '--gather', inFolder('many')]);
    expect(second.out + second.err).toContain('All shards are done');
    const taken = readFileSync(inFolder('parts/taken.jsonl'), 'utf8').trim().split('\n');
    expect(taken.map((line) => JSON.parse(line) as object)).toMatchObject([
      { shard: 'fit.exploration.0', from: { pid: killed.pid } },
    ]);
    for (const name of ['model.safetensors', 'graph.json', 'latents-in-sample.csv']) {
      expect(readFileSync(inFolder(`many/${name}`), 'latin1')).toBe(readFileSync(inFolder(`one/${name}`), 'latin1'));
    }
    expect(
      readdirSync(inFolder('parts'))
        .filter((name) => !/safetensors$/.test(name))
        .sort(),
    ).toEqual(['plan.json', 'taken.jsonl']);
  });

  test('are started by a fit, which reports a lost worker and removes the shards', async () => {
    const args = [MAIN, 'fit', study, '--out', inFolder('by-two'), '--workers', '2', ...words];
    const leader = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const text: string[] = [];
    for (const stream of [leader.stdout, leader.stderr]) stream.on('data', (chunk) => text.push(String(chunk)));
    let pid: number | undefined;
    while (pid === undefined && leader.exitCode === null) {
      pid = (await readLease(inFolder('by-two/shards/fit.exploration.1.lease')))?.pid;
      await sleep(2);
    }
    process.kill(pid!, 'SIGKILL');
    await once(leader, 'close');
    expect(text.join('')).toMatch(/worker \d ended: ended with SIGKILL\. The other workers take over its shard/);
    expect(text.join('')).toContain('The result is in');
    expect(readFileSync(inFolder('by-two/model.safetensors'))).toEqual(readFileSync(inFolder('one/model.safetensors')));
    expect(existsSync(inFolder('by-two/shards'))).toBe(false);
  });

  test('write a checkpoint when they are stopped, from which another worker continues', async () => {
    const long = ['--epochs', '400'];
    const stopped = worker('stopped', '--index', '0', ...long);
    while (!existsSync(inFolder('stopped/fit.subspaces.0.lease')) && stopped.exitCode === null) await sleep(2);
    stopped.kill('SIGTERM');
    const [code] = (await once(stopped, 'close')) as [number];
    expect(code).toBe(130);
    expect(readdirSync(inFolder('stopped')).sort()).toEqual(['fit.subspaces.0.going.safetensors', 'plan.json']);
    // Other options mean another fit, which is refused.
    const other = worker('stopped', '--index', '0');
    expect(((await once(other, 'close')) as [number])[0]).toBe(2);
    expect(other.lines()).toMatch(/\[shard-mismatch\] .*settings/);
  });

  test('do not continue a fit of one process, and the other way round', () => {
    mkdirSync(inFolder('half/shards'), { recursive: true });
    copyFileSync(inFolder('parts/plan.json'), inFolder('half/shards/plan.json'));
    for (const more of [[], ['--resume'], ['--workers', '2']]) {
      const { code, err } = interlatent(folder, ['fit', study, '--out', 'half', ...words, ...more]);
      expect([code, err]).toEqual([2, expect.stringContaining('[run-exists]')]);
    }
    for (const more of [
      ['--launcher', 'local'],
      ['--workers', '2', '--tensorboard'],
    ]) {
      const { code, err } = interlatent(folder, ['fit', study, '--out', 'none', ...words, ...more]);
      expect([code, err]).toEqual([2, expect.stringContaining('[invalid-option]')]);
    }
  });

  test('are gathered only from a folder of shards, and not over a RUN', () => {
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
    [{ SLURM_PROCID: '1', SLURM_STEP_NUM_TASKS: '8', SLURM_STEP_TASKS_PER_NODE: '4(x2)' }, ['srun', 1, 8, 4]],
    // A batch script of Slurm, and a launch with one process: there are no other ranks.
    [{ SLURM_PROCID: '0', SLURM_NTASKS: '8' }, undefined],
    [{ OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '1' }, undefined],
  ])('are recognised by %o', (environment, expected) => {
    const launch = launchOf(environment);
    expect(launch && [launch.launcher, launch.rank, launch.size, launch.localSize]).toEqual(expected);
  });

  test('continue when they have seen each other, and name missing ranks', async () => {
    const meetings = join(folder, 'meetings');
    const of = (rank: number) => ({ launcher: 'Open MPI', rank, size: 3, localSize: 3 });
    const meet = (rank: number) => Meeting.meet(meetings, of(rank), { deadline: 5 });
    for (const meeting of await Promise.all([0, 1, 2].map(meet))) await meeting.leave();
    // The file of an earlier rank does not change, so it does not count.
    writeFileSync(join(meetings, 'rank-2'), 'host 1 1 1\n');
    const both = [0, 1].map((rank) => Meeting.meet(meetings, of(rank), { deadline: 1 }));
    for (const one of await Promise.allSettled(both)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'rank-lost', details: { missing: [2] } } });
    }
  });
});
