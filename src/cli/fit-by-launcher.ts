// A fit whose workers a launcher starts (src/distributed). This process waits, prints their progress, and shows the RUN
// that one of them has written.

import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LocalLauncher } from '../distributed/local-launcher.js';
import { SlurmLauncher } from '../distributed/slurm-launcher.js';
import type { EndedWorker, WorkerLauncher } from '../distributed/launcher.js';
import { InterlatentError, StateError } from '../errors/errors.js';
import { makeFolder } from '../files/atomic.js';
import { readLease } from '../distributed/lease.js';
import { pause } from '../distributed/pause.js';
import { settleFinishedFit } from '../training/finished-fit.js';
import { LockedFolder } from '../training/locked-folder.js';
import { wordsOf, type FitFlags } from './fit-options.js';
import { gatherQuietly } from './gather.js';
import { interruptible, Interrupted } from './interrupt.js';
import { checkFresh, removeShards, sharedFolder } from './shared-folder.js';

export const LAUNCHERS = ['local', 'slurm'] as const;
export type LauncherName = (typeof LAUNCHERS)[number];

export interface LaunchedFlags extends FitFlags {
  out: string;
  workers: number;
  launcher: LauncherName;
  resume?: boolean;
  json?: boolean;
}

/** Milliseconds between two lines of progress. */
const PRINT_EVERY = 5000;

/** Fits with workers. @throws InputError `run-exists`; StateError `no-launcher`, `workers-lost` */
export async function fitByLauncher(path: string, flags: LaunchedFlags): Promise<void> {
  const { out, workers, threads, resume, json } = flags;
  const folder = sharedFolder(out);
  await checkFresh(out, resume);
  await makeFolder(folder);
  const launcher = flags.launcher === 'slurm' ? new SlurmLauncher() : new LocalLauncher();
  const words = ['shard', resolve(path), '--out', folder, '--gather', resolve(out), '--of', String(workers)];
  await interruptible(async (signal) => {
    await launcher.submit({ words: [...words, ...wordsOf(flags)], workers, threads, folder });
    const stop = (): void => void launcher.cancel();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const timer = setInterval(() => void printProgress(folder), PRINT_EVERY);
    if (json) clearInterval(timer);
    try {
      await untilDone(launcher, signal, flags);
    } finally {
      clearInterval(timer);
      signal.removeEventListener('abort', stop);
    }
  });
  await removeShards(out);
}

async function untilDone(launcher: WorkerLauncher, signal: AbortSignal, { out, json }: LaunchedFlags): Promise<void> {
  const lost: EndedWorker[] = [];
  for await (const end of launcher.results()) {
    if (end.problem === undefined || signal.aborted) continue;
    lost.push(end);
    if (!json) {
      process.stderr.write(`worker ${end.worker} ended: ${end.problem}. The other workers take over its shard\n`);
    }
  }
  if (signal.aborted) {
    const folder = sharedFolder(out);
    throw new Interrupted(`Stopped. The checkpoint is in ${folder}. The same command with --resume continues.`);
  }
  if (await settleWhenFree(out, signal)) return;
  try {
    // All shards may be trained although the worker that should write the RUN was lost.
    await gatherQuietly(sharedFolder(out), out, signal);
  } catch (cause) {
    if (!(cause instanceof InterlatentError) || !['shards-missing', 'no-shards'].includes(cause.code)) throw cause;
    throw workersLost(out, lost);
  }
}

/** Waits until no process writes in the folder, and returns true if it contains a RUN. */
async function settleWhenFree(out: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    try {
      await using folder = await LockedFolder.open(out);
      return await settleFinishedFit(folder.path);
    } catch (error) {
      const isHeld = error instanceof StateError && error.code === 'run-locked' && error.details['verdict'] === 'held';
      if (!isHeld) throw error;
    }
    await pause(1, signal);
    signal.throwIfAborted();
  }
}

function workersLost(out: string, lost: readonly EndedWorker[]): StateError {
  const why = [...new Set(lost.map(({ problem }) => problem))].join('\n  ');
  return new StateError(
    'workers-lost',
    `All workers ended before the fit was done:\n  ${why}\nTheir logs and checkpoints are in ` +
      `${sharedFolder(out)}. The same command with --resume continues.`,
    { folder: out, workers: lost },
  );
}

/** Prints the shards that are being trained, and the number of finished shards. */
async function printProgress(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const done = names.filter((name) => /\.\d+\.safetensors$/.test(name)).length;
  const leases = names.filter((name) => name.endsWith('.lease')).sort();
  const texts = await Promise.all(
    leases.map(async (name) => {
      const lease = await readLease(join(folder, name)).catch(() => undefined);
      return lease && `${name.slice(0, -'.lease'.length)} epoch ${lease.epoch} (${lease.host})`;
    }),
  );
  process.stderr.write(`${done} shards done; in work: ${texts.filter(Boolean).join(', ') || 'none'}\n`);
}
