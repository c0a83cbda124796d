// The folder inside a RUN folder through which the workers of a fit exchange shards.

import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../errors/errors.js';
import { removeFolder } from '../files/atomic.js';
import { exists } from '../files/exists.js';
import { HEARTBEATS, LeaseWatch } from '../distributed/lease.js';
import { PLAN_FILE } from '../distributed/shard-folder.js';
import { hasCheckpoint } from '../training/checkpoint.js';
import { settleFolder } from '../training/finished-fit.js';

export function sharedFolder(out: string): string {
  return join(resolve(out), 'shards');
}

/**
 * Checks that workers can begin or continue a fit in a folder.
 * @throws InputError `run-exists` if it contains a fit that must not be continued, or that is not shared
 */
export async function checkFresh(out: string, resume = false): Promise<void> {
  if (await hasCheckpoint(out)) {
    throw runExists(out, `${out} contains a fit of one process. Continue it without workers, or remove it first.`);
  }
  if (resume || (!(await settleFolder(out)) && !(await isShared(out)))) return;
  throw runExists(
    out,
    `${out} already contains a fit. Continue it with --resume, choose another folder, or remove it first.`,
  );
}

/** Checks that no workers have begun a fit in a folder. @throws InputError `run-exists` */
export async function checkUnshared(out: string): Promise<void> {
  if (!(await isShared(out))) return;
  throw runExists(
    out,
    `${out} contains a fit of several workers. Continue it with the same command and --resume, or remove it first.`,
  );
}

/** Removes the shards, unless a worker is still active. The lease of a killed worker expires. */
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
