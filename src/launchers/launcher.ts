// What starts the workers of a shared fit: processes of this machine, the tasks of a cluster. They meet in a folder, so
// a launcher carries no data; it starts workers, tells of those that have ended, and ends the others.

import { join } from 'node:path';
import { packageRoot } from '../runtime/package.js';

/** What a launcher is to start. */
export interface ShardWork {
  /** Words of a worker's command line, after `interlatent`; its number and its threads come behind. */
  readonly words: readonly string[];
  readonly workers: number;
  /** Threads of each; left out: as many as it has cores. */
  readonly threads?: number | undefined;
  /** Where workers meet; their logs lie there too. */
  readonly folder: string;
}

/** A worker that has ended. */
export interface EndedWorker {
  readonly worker: number;
  /** Why, unless it had done all. */
  readonly problem?: string | undefined;
}

export interface WorkerLauncher {
  /** @throws StateError `no-launcher` where what is needed is not there */
  submit(work: ShardWork): Promise<void>;
  /** Workers as they end, until all have. */
  results(): AsyncIterable<EndedWorker>;
  /** Ends those that run, each with a checkpoint. */
  cancel(): Promise<void>;
}

/** The program that workers run. */
export const PROGRAM: readonly [string, string] = [process.execPath, join(packageRoot, 'dist/cli/main.js')];

export function logOf(folder: string, worker: number): string {
  return join(folder, `worker-${worker}.log`);
}

/** The words of one worker. */
export function wordsFor({ words, threads }: ShardWork, index: number | string): string[] {
  return [...words, '--index', String(index), ...(threads === undefined ? [] : ['--threads', String(threads)])];
}
