// Where the workers of a fit meet while it goes on: inside its RUN folder.

import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../errors.js';
import { removeFolder } from '../files/atomic.js';
import { exists } from '../files/exists.js';
import { HEARTBEATS, LeaseWatch } from '../shards/lease.js';
import { PLAN_FILE } from '../shards/shard-folder.js';
import { hasCheckpoint } from '../training/checkpoint.js';
import { settleFolder } from '../training/finished-fit.js';

export function sharedFolder(out: string): string {
  return join(resolve(out), 'shards');
}

/** @throws InputError `run-exists` where there is a fit, finished or not, that is not to go on, or one that is not shared */
export async function checkFresh(out: string, resume = false): Promise<void> {
  if (await hasCheckpoint(out)) {
    throw runExists(out, `${out} holds a fit that one process has begun. Go on without workers, or remove it first.`);
  }
  if (resume || (!(await settleFolder(out)) && !(await isShared(out)))) return;
  throw runExists(out, `${out} holds a fit already. Go on with --resume, choose another folder, or remove it first.`);
}

/** @throws InputError `run-exists` where workers have begun a fit */
export async function checkUnshared(out: string): Promise<void> {
  if (!(await isShared(out))) return;
  throw runExists(
    out,
    `${out} holds a fit that workers have begun. Go on with the same command and --resume, or remove it first.`,
  );
}

/** When all workers have ended; where one has not, they stay. A worker that was killed leaves its lease. */
export async function removeShards(out: string): Promise<void> {
  const folder = sharedFolder(out);
  const names = await readdir(folder).catch(() => []);
  const watch = new LeaseWatch(HEARTBEATS);
  for (const name of names.filter((one) => one.endsWith('.lease'))) {
    if ((await watch.abandoned(join(folder, name))) === undefined) return;
  }
  await removeFolder(folder);
}

async function isShared(out: string): Promise<boolean> {
  return exists(join(sharedFolder(out), PLAN_FILE));
}

function runExists(folder: string, message: string): InputError {
  return new InputError('run-exists', message, { folder });
}
