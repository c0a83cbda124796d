// Starts workers as the tasks of a Slurm job array. Users choose partition, account, time and memory with the
// environment variables of sbatch (SBATCH_PARTITION, SBATCH_TIMELIMIT, …).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StateError } from '../errors/errors.js';
import { textIfExists } from '../files/bytes.js';
import { causeCode } from '../errors/cause.js';
import { logOf, PROGRAM, wordsFor, type EndedWorker, type WorkerLauncher, type ShardWork } from './launcher.js';
import { lastError } from './last-error.js';

/** Milliseconds between two queries of the queue, in a getter, which tests can replace. */
export const polling = {
  get every(): number {
    return 2000;
  },
};

export class SlurmLauncher implements WorkerLauncher {
  #work: ShardWork | undefined;
  #job = '';
  #known: ReadonlySet<number> = new Set();

  async submit(work: ShardWork): Promise<void> {
    const { folder, workers } = work;
    await Promise.all(Array.from({ length: workers }, (_, worker) => rm(exitOf(folder, worker), { force: true })));
    const words = [...PROGRAM, ...wordsFor(work, '$SLURM_ARRAY_TASK_ID')].map(quoted).join(' ');
    // A killed task writes no file of its exit code; `results` reports it as failed for that reason.
    // The shell ignores TERM, so that it can record the exit code after the program has written its checkpoint.
    const exit = `${quoted(join(folder, 'worker-'))}"$SLURM_ARRAY_TASK_ID".exit`;
    const script = ['#!/bin/sh', 'trap : TERM', words, `echo $? > ${exit}`, ''].join('\n');
    const options = ['--parsable', '--job-name=interlatent', `--array=0-${workers - 1}`];
    const log = `--output=${logOf(folder.replaceAll('%', '%%'), 0).replace(/0\.log$/, '%a.log')}`;
    this.#job = (await run('sbatch', [...options, log], script)).trim().split(';')[0];
    this.#work = work;
    this.#known = new Set(Array.from({ length: workers }, (_, worker) => worker));
  }

  async *results(): AsyncGenerator<EndedWorker> {
    const { folder, workers } = this.#work!;
    const remaining = new Set(Array.from({ length: workers }, (_, worker) => worker));
    while (remaining.size > 0) {
      const queued = await this.#queued();
      for (const worker of [...remaining].filter((one) => !queued.has(one))) {
        remaining.delete(worker);
        const code = await textIfExists(exitOf(folder, worker)).catch(() => '');
        if (code?.trim() === '0') yield { worker };
        else yield { worker, problem: (await lastError(logOf(folder, worker))) ?? 'was ended by Slurm' };
      }
      if (remaining.size > 0) await sleep(polling.every);
    }
  }

  async cancel(): Promise<void> {
    do {
      // Waiting tasks first: they have nothing to save.
      await run('scancel', ['--state=PENDING', this.#job]).catch(() => '');
      await run('scancel', ['--full', '--signal=TERM', this.#job]).catch(() => '');
      await sleep(polling.every);
    } while ((await this.#queued()).size > 0);
  }

  /** Returns the tasks that wait or run. If Slurm does not answer, returns the last answer. */
  async #queued(): Promise<ReadonlySet<number>> {
    try {
      const text = await run('squeue', ['--noheader', '--array', '--format=%K', `--jobs=${this.#job}`]);
      this.#known = new Set(text.split('\n').filter(Boolean).map(Number));
    } catch (error) {
      // Slurm forgets a finished job after some minutes; squeue then fails with this message.
      if (error instanceof StateError && error.message.includes('Invalid job id')) this.#known = new Set();
    }
    return this.#known;
  }
}

function exitOf(folder: string, worker: number): string {
  return join(folder, `worker-${worker}.exit`);
}

/** Quotes a word for the shell, except the variable of the task number, which the shell must expand. */
function quoted(word: string): string {
  return word === '$SLURM_ARRAY_TASK_ID' ? '"$SLURM_ARRAY_TASK_ID"' : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Runs a program of Slurm and returns its output. @throws StateError `no-launcher` if it is missing or refuses */
async function run(program: string, words: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, words, { stdio: 'pipe' });
  const [out, err]: string[][] = [[], []];
  child.stdout.on('data', (text) => out.push(String(text)));
  child.stderr.on('data', (text) => err.push(String(text)));
  // A program that does not read its input fails with an exit code, which is checked below.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  try {
    const [code] = (await once(child, 'close')) as [number];
    if (code === 0) return out.join('');
    throw new StateError('no-launcher', `${program} refuses: ${err.join('').trim()}`, { program });
  } catch (cause) {
    if (causeCode(cause) !== 'ENOENT') throw cause;
    throw new StateError(
      'no-launcher',
      `There is no ${program} here: this host cannot submit jobs to Slurm. Use --launcher local, or a login node.`,
      { program },
      cause,
    );
  }
}
