// Cleans up after a fit that was killed just after its RUN folder was complete: its checkpoint and its lock remain.

import { join } from 'node:path';
import { exists } from '../files/exists.js';
import { hasCheckpoint, removeCheckpoint } from './checkpoint.js';
import { LOCK_FILE, LockedFolder } from './locked-folder.js';
import { hasRun } from './run-folder.js';

/** True if a folder that the caller has locked holds a finished fit. Removes a remaining checkpoint of it. */
export async function settleFinishedFit(folder: string): Promise<boolean> {
  const isRun = await hasRun(folder);
  if (isRun) await removeCheckpoint(folder);
  return isRun;
}

/**
 * As `settleFinishedFit`, for a folder that is not locked. Locks the folder only if something remains to be removed.
 * @throws StateError `run-locked` while another process works there; FileError `unwritable`
 */
export async function settleFolder(folder: string): Promise<boolean> {
  if (!(await hasRun(folder))) return false;
  if (!(await hasCheckpoint(folder)) && !(await exists(join(folder, LOCK_FILE)))) return true;
  await using locked = await LockedFolder.open(folder);
  return await settleFinishedFit(locked.path);
}
