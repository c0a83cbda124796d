// A folder for the files of a runner, which is removed afterwards.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeError } from '../files/atomic.js';

/** Runs `work` with a new folder. @throws FileError `unwritable`, `disk-full`; what `work` throws */
export async function withScratchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const parent = tmpdir();
  const folder = await mkdtemp(join(parent, 'interlatent-')).catch((error: unknown) => {
    throw writeError(parent, error);
  });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
