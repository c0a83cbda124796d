// Renames a file over another one. Windows refuses this while another program (a virus scanner, a viewer) has the file
// open. Such programs close it soon, so the functions here retry.

import { renameSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { causeCode } from '../errors/cause.js';

/** Error codes of Windows for a file that is open elsewhere. */
const IN_USE = new Set(['EPERM', 'EACCES', 'EBUSY']);
/** Milliseconds between attempts, about two seconds in total. */
const PAUSES = [1, 2, 5, 10, 20, 50, 100, 200, 400, 600, 600];

/** Renames a file, on Windows with several attempts. @throws what `rename` throws */
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
 * Renames a file in one attempt, for a file that other processes may replace in the meantime.
 * @returns false if Windows refuses it because the file is open elsewhere @throws what `rename` throws
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

/** As `replaceFile`, but blocks the thread between attempts. */
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
