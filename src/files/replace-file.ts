// A file takes the name of another one. Windows refuses that while somebody reads the other: a virus scanner, a viewer,
// another process of ours. Such readers are done in a moment.

import { renameSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { causeCode } from './cause.js';

/** What Windows says while a file is open elsewhere. */
const IN_USE = new Set(['EPERM', 'EACCES', 'EBUSY']);
/** Milliseconds between two tries; some two seconds in all. */
const PAUSES = [1, 2, 5, 10, 20, 50, 100, 200, 400, 600, 600];

/** @throws what `rename` throws; on Windows only after further tries */
export async function replaceFile(from: string, to: string): Promise<void> {
  for (const milliseconds of PAUSES) {
    try {
      await rename(from, to);
      return;
    } catch (cause) {
      if (!isInUse(cause)) throw cause;
    }
    await pause(milliseconds);
  }
  await rename(from, to);
}

/**
 * Without further tries, for a file that others may replace meanwhile.
 * @returns false where Windows refuses it because the file is open elsewhere @throws what `rename` throws
 */
export async function replaceFileNow(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    if (!isInUse(cause)) throw cause;
    return false;
  }
}

/** The same as `replaceFile`, for a thread that may wait. */
export function replaceFileSync(from: string, to: string): void {
  for (const milliseconds of PAUSES) {
    try {
      renameSync(from, to);
      return;
    } catch (cause) {
      if (!isInUse(cause)) throw cause;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  }
  renameSync(from, to);
}

function isInUse(cause: unknown): boolean {
  return process.platform === 'win32' && IN_USE.has(causeCode(cause));
}
