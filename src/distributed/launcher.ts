// A launcher starts the workers of a shared fit: processes of this machine or tasks of a cluster. Workers exchange data
// through a folder, so a launcher transfers none. It starts workers, reports which have ended, and can end the rest.

import { join } from 'node:path';
import { packageRoot } from '../runtime/package.js';

/** The workers to start. */
export interface ShardWork {
  /** Arguments of `interlatent` for a worker. `--index` and `--threads` are appended. */
  readonly words: readonly string[];
  readonly workers: number;
  /** Threads of each worker. If left out, the workers of a machine share its cores. */
  readonly threads?: number | undefined;
  /** Folder through which the workers exchange shards. It contains their logs, too. */
  readonly folder: string;
}

/** A worker that has ended. */
export interface EndedWorker {
  readonly worker: number;
  /** Reason, unless the worker finished its work. */
  readonly problem?: string | undefined;
}

export interface WorkerLauncher {
  /** Starts the workers. @throws StateError `no-launcher` if a program that this needs is missing or refuses */
  submit(work: ShardWork): Promise<void>;
  /** Yields each worker when it ends, until all have ended. */
  results(): AsyncIterable<EndedWorker>;
  /** Ends the running workers. Each writes a checkpoint first. */
  cancel(): Promise<void>;
}

/** Command that a worker runs. */
export const PROGRAM: readonly [string, string] = [process.execPath, join(packageRoot, 'dist/cli/main.js')];

export function logOf(folder: string, worker: number): string {
  return join(folder, `worker-${worker}.log`);
}

/** Returns the arguments of one worker. @param index its number, or a shell variable */
export function wordsFor({ words, threads }: ShardWork, index: number | string): string[] {
  return [...words, '--index', String(index), ...(threads === undefined ? [] : ['--threads', String(threads)])];
}
