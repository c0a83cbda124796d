// The launcher of Slurm, with programs that emulate those of Slurm. test/distributed/shards.scale.test.ts uses the real
// programs.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { EndedWorker } from '../../src/distributed/launcher.js';
import { polling, SlurmLauncher } from '../../src/distributed/slurm-launcher.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const { PATH } = process.env;
const LOOK = 30;
/** Milliseconds after which a test gives up. */
const PATIENCE = 10_000;
const UNREACHABLE = 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)';
const FORGOTTEN = 'slurm_load_jobs error: Invalid job id specified';

let number = 0;
let state = '';
/** A folder whose name has letters with a meaning for the shell and for Slurm. */
let shards = '';
beforeEach(() => {
  state = join(folder, `state-${++number}`);
  shards = join(folder, `it's 100% %a $HOME ${number}`);
  const programs = join(state, 'bin');
  for (const path of [programs, shards]) mkdirSync(path, { recursive: true });
  const fake = join(import.meta.dirname, 'fake-slurm.mjs');
  for (const name of ['sbatch', 'squeue', 'scancel']) {
    writeFileSync(join(programs, name), `#!/bin/sh\nexec '${process.execPath}' '${fake}' ${name} "$@"\n`, {
      mode: 0o755,
    });
  }
  process.env['PATH'] = `${programs}${delimiter}${PATH}`;
  process.env['FAKE_SLURM'] = state;
  jest.spyOn(polling, 'every', 'get').mockReturnValue(LOOK);
});
afterEach(() => {
  process.env['PATH'] = PATH;
  delete process.env['FAKE_SLURM'];
  jest.restoreAllMocks();
});

const fails = (program: string, says: string): void => writeFileSync(join(state, `${program}.fails`), says);
const answers = (program: string): void => rmSync(join(state, `${program}.fails`));
const task = (worker: number): string => join(state, 'tasks', String(worker));
const calls = (program: string): string[] =>
  readFileSync(join(state, 'calls'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(program));
/** Returns the path of a task's log. */
const logOf = (worker: number): string =>
  readFileSync(join(state, 'output'), 'utf8')
    .replaceAll('%%', '\0')
    .replaceAll('%a', String(worker))
    .replaceAll('\0', '%');

/** Runs a task to its end, like Slurm. */
function runs(worker: number): void {
  writeFileSync(task(worker), 'RUNNING');
  const log = openSync(logOf(worker), 'a');
  const env = { ...process.env, SLURM_ARRAY_TASK_ID: String(worker) };
  spawnSync('/bin/sh', [join(state, 'script')], { env, stdio: ['ignore', log, log] });
  rmSync(task(worker));
}

async function submitted(words: readonly string[], workers: number): Promise<SlurmLauncher> {
  const launcher = new SlurmLauncher();
  await launcher.submit({ words, workers, threads: 2, folder: shards });
  return launcher;
}

/** Returns the tasks that have ended so far, and a promise of all tasks. */
function following(launcher: SlurmLauncher): { readonly ended: EndedWorker[]; readonly all: Promise<EndedWorker[]> } {
  const ended: EndedWorker[] = [];
  const follow = async (): Promise<EndedWorker[]> => {
    for await (const one of launcher.results()) ended.push(one);
    return ended;
  };
  return { ended, all: follow() };
}

/** Waits for a number of further calls of squeue. It rejects if there are no more calls. */
async function looked(times: number): Promise<void> {
  const { length } = calls('squeue');
  for (const until = Date.now() + PATIENCE; calls('squeue').length < length + times;) {
    if (Date.now() > until) throw new Error('squeue is not called any more');
    await sleep(10);
  }
}

describe('a fit on Slurm', () => {
  test('is a job array whose tasks run this program with their numbers', async () => {
    const launcher = await submitted(['shard', '--help', "it's; $HOME `x`"], 2);
    expect(calls('sbatch')[0]).toMatch(
      /^sbatch --parsable --job-name=interlatent --array=0-1 --output=.*100%% %%a .*%a\.log$/,
    );
    const script = readFileSync(join(state, 'script'), 'utf8');
    expect(script.split('\n')[0]).toBe('#!/bin/sh');
    for (const worker of [0, 1]) {
      const echo = script.replace(/^.*main\.js'/m, "printf '<%s>'").replace(/> '.*$/m, '');
      const env = { ...process.env, SLURM_ARRAY_TASK_ID: String(worker) };
      const { stdout } = spawnSync('/bin/sh', { input: echo, env, encoding: 'utf8' });
      expect(stdout).toBe(`<shard><--help><it's; $HOME \`x\`><--index><${worker}><--threads><2>0\n`);
    }
    for (const worker of [0, 1]) runs(worker);
    expect(await following(launcher).all).toEqual([{ worker: 0 }, { worker: 1 }]);
    expect(logOf(1)).toBe(join(shards, 'worker-1.log'));
    expect(readFileSync(logOf(1), 'utf8')).toContain('interlatent shard');
  });

  test('continues while tasks wait, and while Slurm does not answer', async () => {
    const launcher = await submitted(['shard', '--help'], 3);
    const { ended, all } = following(launcher);
    await looked(3);
    expect(ended).toEqual([]);
    fails('squeue', UNREACHABLE);
    runs(1);
    await looked(3);
    expect(ended).toEqual([]);
    answers('squeue');
    await looked(2);
    expect(ended).toEqual([{ worker: 1 }]);
    runs(0);
    runs(2);
    expect((await all).map(({ worker }) => worker)).toEqual([1, 0, 2]);
  });

  test('reports why a task failed: its message, the message of Slurm, or that there is none', async () => {
    for (const worker of [0, 1, 2]) writeFileSync(join(shards, `worker-${worker}.exit`), '0\n');
    const launcher = await submitted(['shard', join(folder, 'nowhere.yaml'), '--out', shards], 3);
    // These files of an earlier job must be removed.
    expect(existsSync(join(shards, 'worker-0.exit'))).toBe(false);
    runs(0);
    const limit = 'slurmstepd: error: *** JOB 77 ON n1 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***';
    writeFileSync(logOf(1), `epoch 1\n${limit}\n`);
    rmSync(task(1));
    rmSync(task(2));
    const [reported, limited, killed] = await following(launcher).all;
    expect(reported.problem).toMatch(/^error.*nowhere\.yaml/);
    expect(limited).toEqual({ worker: 1, problem: limit });
    expect(killed).toEqual({ worker: 2, problem: 'was ended by Slurm' });
  });

  test('has ended if Slurm has forgotten its job', async () => {
    const launcher = await submitted(['shard', '--help'], 2);
    runs(0);
    fails('squeue', FORGOTTEN);
    expect(await following(launcher).all).toEqual([{ worker: 0 }, { worker: 1, problem: 'was ended by Slurm' }]);
  });

  test('can be cancelled: waiting tasks are removed, and running tasks are signalled until they end', async () => {
    const launcher = await submitted(['shard', '--help'], 3);
    writeFileSync(task(0), 'RUNNING');
    fails('scancel', 'scancel: error: Unable to contact slurm controller (connect failure)');
    const cancelled = launcher.cancel();
    await looked(1);
    expect(existsSync(task(2))).toBe(true);
    answers('scancel');
    // If the tasks are not signalled, the wait ends with the job.
    const giveUp = setTimeout(() => fails('squeue', FORGOTTEN), PATIENCE);
    await cancelled;
    clearTimeout(giveUp);
    expect([0, 1, 2].some((worker) => existsSync(task(worker)))).toBe(false);
    expect(calls('scancel').slice(0, 2)).toEqual(['scancel --state=PENDING 77', 'scancel --full --signal=TERM 77']);
  });

  test('is refused with the message of sbatch, or with advice if sbatch is missing', async () => {
    const says = 'sbatch: error: Batch job submission failed: Invalid partition name specified';
    fails('sbatch', says);
    await expect(submitted(['shard'], 2)).rejects.toMatchObject({
      code: 'no-launcher',
      message: `sbatch refuses: ${says}`,
    });
    process.env['PATH'] = shards;
    await expect(submitted(['shard'], 2)).rejects.toMatchObject({
      code: 'no-launcher',
      message: expect.stringMatching(/There is no sbatch here.*--launcher local/),
    });
  });
});
