// Where the workers of a fit meet while it goes on: inside its RUN folder.

import { join, resolve } from 'node:path';
import { InputError } from '../errors.js';
import { exists } from '../files/exists.js';
import { PLAN_FILE } from '../shards/shard-folder.js';
import { settleFolder } from '../training/finished-fit.js';

export function sharedFolder(out: string): string {
  return join(resolve(out), 'shards');
}

/** @throws InputError `run-exists` where there is a fit, finished or not, that is not to go on */
export async function checkFresh(out: string, resume = false): Promise<void> {
  if (resume) return;
  if (!(await settleFolder(out)) && !(await exists(join(sharedFolder(out), PLAN_FILE)))) return;
  throw new InputError(
    'run-exists',
    `${out} holds a fit already. Go on with --resume, choose another folder, or remove it first.`,
    { folder: out },
  );
}
