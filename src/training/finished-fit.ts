// A fit may be killed when it has just become a RUN: then its checkpoint and its lock are still there.

import { join } from 'node:path';
import { exists } from '../files/exists.js';
import { hasCheckpoint, removeCheckpoint } from './checkpoint.js';
import { LOCK_FILE, LockedFolder } from './locked-folder.js';
import { hasRun } from './run-folder.js';

/** Whether a folder that the caller has locked holds a finished fit; what is left of its way there is removed. */
export async function settleFinishedFit(folder: string): Promise<boolean> {
  const isRun = await hasRun(folder);
  if (isRun) await removeCheckpoint(folder);
  return isRun;
}

/**
 * The same of a folder that nobody has locked; one in which nothing is left is only read.
 * @throws StateError `run-locked` while somebody works there; FileError `unwritable`
 */
export async function settleFolder(folder: string): Promise<boolean> {
  if (!(await hasRun(folder))) return false;
  if (!(await hasCheckpoint(folder)) && !(await exists(join(folder, LOCK_FILE)))) return true;
  await using locked = await LockedFolder.open(folder);
  return await settleFinishedFit(locked.path);
}
