// Shared fits with all launchers that are installed here. Each has the bits of one process. Missing launchers are named
// and skipped (scripts/test-scale installs them if it can).

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { MAIN } from '../fixtures/command-line.js';
import { scratch } from '../fixtures/scratch.js';
import { describeIf } from '../fixtures/skipping.js';

const { folder } = scratch();
const study = join(folder, 'data/study.yaml');
const tall = join(folder, 'tall-data/study.yaml');
const TRAINING =
  '\ntraining: { encoderRestarts: 4, epochs: 60, componentRestarts: 16, componentSteps: 600, hidden: 32, seed: 3 }\n';

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

async function run(program: string, words: readonly string[], environment: object = {}): Promise<Ended> {
  const child = spawn(program, words, { env: { ...process.env, ...environment }, cwd: folder });
  const text: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => text.push(String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text: text.join('') };
}

const fitWords = (out: string, ...more: string[]): string[] => [MAIN, 'fit', study, '--out', out, ...more];
const weights = (out: string): Buffer => readFileSync(join(folder, out, 'model.safetensors'));
const isThere = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const withProgram = (program: string, isReady = true) =>
  describeIf(isThere(program) && isReady, `no ${program} on this machine`);

beforeAll(async () => {
  await writeSimulation(simulate('case1', { seed: 3, samples: 400, test: 40 }), join(folder, 'data'));
  writeFileSync(study, readFileSync(study, 'utf8') + TRAINING);
  expect(await run(process.execPath, fitWords('one', '--threads', '1'))).toMatchObject({ code: 0 });
});

/** Fits a study whose mini-batches have several tiles, with one process. */
async function fitTall(): Promise<void> {
  if (existsSync(join(folder, 'tall'))) return;
  await writeSimulation(simulate('case1', { seed: 4, samples: 1500, test: 40 }), join(folder, 'tall-data'));
  const training =
    '\ntraining: { encoderRestarts: 2, epochs: 30, componentRestarts: 6, componentSteps: 300, batch: 576, ' +
    'hidden: 32 }\n';
  writeFileSync(tall, readFileSync(tall, 'utf8') + training);
  expect(await run(process.execPath, [MAIN, 'fit', tall, '--out', 'tall'])).toMatchObject({ code: 0 });
}

describe('processes of this host', () => {
  test.each([2, 4])('%i workers', async (workers) => {
    const out = `local-${workers}`;
    expect(await run(process.execPath, fitWords(out, '--workers', String(workers)))).toMatchObject({ code: 0 });
    expect(weights(out).equals(weights('one'))).toBe(true);
  });

  test('have the same bits if one of four is killed at ten random moments; each loses at most one shard', async () => {
    const started = performance.now();
    await run(process.execPath, fitWords('timed', '--workers', '4'));
    const whole = performance.now() - started;
    const takenOver: number[] = [];
    for (let i = 0; i < 10; i++) {
      const [shards, out] = [join(folder, `shards-${i}`), `killed-${i}`];
      const workers = Array.from({ length: 4 }, (_, index): ChildProcess => {
        const words = [MAIN, 'shard', study, '--out', shards, '--of', '4', '--index', String(index), '--threads', '1'];
        return spawn(process.execPath, [...words, '--gather', join(folder, out)], { stdio: 'ignore' });
      });
      const ended = workers.map((worker) => once(worker, 'close'));
      await sleep(Math.random() * whole);
      workers[i % 4].kill('SIGKILL');
      await Promise.all(ended);
      if (!existsSync(join(folder, out, 'run.json'))) {
        // The killed process was writing the RUN.
        rmSync(join(folder, out), { recursive: true, force: true });
        await run(process.execPath, [MAIN, 'gather', shards, '--out', join(folder, out)]);
      }
      expect(weights(out).equals(weights('one'))).toBe(true);
      const taken = join(shards, 'taken.jsonl');
      const lines = existsSync(taken) ? readFileSync(taken, 'utf8').trim().split('\n') : [];
      takenOver.push(new Set(lines.map((line) => (JSON.parse(line) as { shard: string }).shard)).size);
    }
    process.stderr.write(`shards taken over after each of ten kills: ${takenOver.join(' ')}\n`);
    expect(Math.max(...takenOver)).toBeLessThanOrEqual(1);
  });
});

const AS_ROOT = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };

describe.each([
  ['mpirun.openmpi', ['-n', '4', '--oversubscribe'], 'Open MPI'],
  ['mpirun.mpich', ['-n', '4'], 'MPICH'],
])('%s', (program, words, name) => {
  withProgram(program)('', () => {
    const out = program.replace('.', '-');

    test('four ranks', async () => {
      const ended = await run(program, [...words, process.execPath, ...fitWords(out)], AS_ROOT);
      expect(ended).toMatchObject({ code: 0 });
      // Only one rank prints.
      expect(ended.text.match(/Written to/g)).toHaveLength(1);
      expect(weights(out).equals(weights('one'))).toBe(true);
      expect(existsSync(join(folder, out, 'shards'))).toBe(false);
    });

    describe('ranks that train together', () => {
      const words4 = (path: string, groups: number, ...more: string[]): string[] => {
        const fitArgs = [MAIN, 'fit', tall, '--out', path, '--threads', '1', '--data-parallel', String(4 / groups)];
        return [...words, process.execPath, ...fitArgs, ...more];
      };
      beforeAll(fitTall);

      test.each([1, 2])('as %i groups', async (groups) => {
        const path = `${out}-groups-${groups}`;
        const ended = await run(program, words4(path, groups), AS_ROOT);
        expect(ended).toMatchObject({ code: 0 });
        expect(ended.text.match(/Written to/g)).toHaveLength(1);
        expect(weights(path).equals(weights('tall'))).toBe(true);
      });

      test('continue from their checkpoint after one of them was killed or stopped', async () => {
        for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
          const path = `${out}-${signal}`;
          const ending = run(program, words4(path, 1), { ...AS_ROOT, INTERLATENT_RANK_DEADLINE: '3' });
          const shards = join(folder, path, 'shards');
          const hasBegun = () => existsSync(shards) && readdirSync(shards).some((file) => file.endsWith('.lease'));
          while (!hasBegun()) await sleep(5);
          await sleep(500);
          const pid = readFileSync(join(shards, 'rank-2'), 'utf8').split(' ')[1];
          process.kill(Number(pid), signal);
          const { code, text } = await ending;
          expect(code).not.toBe(0);
          if (signal === 'SIGSTOP') {
            expect(text).toMatch(/\[rank-lost\] .*rank 2 on \S+ was not heard of.*, (at|in epoch \d+ of) fit\.\w+/);
          }
          expect(await run(program, words4(path, 1, '--resume'), AS_ROOT)).toMatchObject({ code: 0 });
          expect(weights(path).equals(weights('tall'))).toBe(true);
        }
      });
    });

    test('ranks that do not see each other report an error and compute nothing', async () => {
      const apart = `exec ${process.execPath} ${fitWords(`${out}-$$`).join(' ')}`;
      const { code, text } = await run(program, [...words, 'sh', '-c', apart], AS_ROOT);
      expect(code).not.toBe(0);
      expect(text).toMatch(new RegExp(`\\[rank-lost\\] ${name} started 4 processes; rank \\d on \\S+ has not seen`));
    });
  });
});

withProgram('sbatch', process.env['SLURM_CONF'] !== undefined)('Slurm', () => {
  test('runs a job array that the fit submits', async () => {
    const words = fitWords('array', '--workers', '3', '--launcher', 'slurm', '--threads', '1');
    expect(await run(process.execPath, words)).toMatchObject({ code: 0 });
    expect(weights('array').equals(weights('one'))).toBe(true);
  });

  test('runs a job array of the user, even if a task is killed', async () => {
    const words = [MAIN, 'shard', study, '--out', 'own-shards', '--threads', '1'];
    const wrapped = `--wrap=exec ${process.execPath} ${words.join(' ')}`;
    const { text } = await run('sbatch', ['--parsable', '--array=5-8', '--output=own-%a.log', wrapped]);
    const job = text.trim();
    while (!existsSync(join(folder, 'own-shards/fit.exploration.0.lease'))) await sleep(20);
    await run('scancel', ['--signal=KILL', '--full', `${job}_5`]);
    while ((await run('squeue', ['--noheader', `--jobs=${job}`])).text.trim() !== '') await sleep(500);
    const plan = JSON.parse(readFileSync(join(folder, 'own-shards/plan.json'), 'utf8')) as object;
    expect(plan).toMatchObject({ of: 4 });
    const gathered = await run(process.execPath, [MAIN, 'gather', 'own-shards', '--out', 'own']);
    expect(gathered).toMatchObject({ code: 0 });
    expect(weights('own').equals(weights('one'))).toBe(true);
  });

  test('runs steps of srun', async () => {
    const words = ['-n', '2', '--overcommit', process.execPath, ...fitWords('srun')];
    expect(await run('srun', words)).toMatchObject({ code: 0 });
    expect(weights('srun').equals(weights('one'))).toBe(true);
  });

  test('runs steps of srun that train together, if srun provides MPI', async () => {
    await fitTall();
    const words = (out: string, ...mpi: string[]): string[] => {
      const fit = [MAIN, 'fit', tall, '--out', out, '--data-parallel', '2', '--threads', '1'];
      return [...mpi, '-n', '2', '--overcommit', process.execPath, ...fit];
    };
    expect(await run('srun', words('together', '--mpi=pmix'))).toMatchObject({ code: 0 });
    expect(weights('together').equals(weights('tall'))).toBe(true);
    const { code, text } = await run('srun', words('apart'));
    expect(code).not.toBe(0);
    expect(text).toMatch(/\[no-mpi\] srun calls this process rank \d of 2, MPI calls it rank 0 of 1/);
  });

  test('ends the tasks of a stopped fit, which can be resumed', async () => {
    const words = fitWords('stopped', '--workers', '2', '--launcher', 'slurm', '--threads', '1');
    const leader = spawn(process.execPath, words, { cwd: folder, stdio: 'ignore' });
    while (!existsSync(join(folder, 'stopped/shards/fit.exploration.0.lease'))) await sleep(20);
    leader.kill('SIGTERM');
    const [code] = (await once(leader, 'close')) as [number];
    expect(code).toBe(130);
    expect((await run('squeue', ['--noheader'])).text.trim()).toBe('');
    expect(await run(process.execPath, [...words, '--resume'])).toMatchObject({ code: 0 });
    expect(weights('stopped').equals(weights('one'))).toBe(true);
  });
});
