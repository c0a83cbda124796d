// Temporary files, each with a hidden name in the folder of its target. The writer holds a lock, so a file without a
// lock was left by a killed process, also one in another container. The name includes the machine, since a lock may not
// be visible on other machines.

import { createHash, randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lockFile } from './file-lock.js';
import { thisMachine } from './this-machine.js';

/** End of the name of a temporary file: kernel, host, random. */
const TAIL = /^([0-9a-f]{8})([0-9a-f]{8})[0-9a-f]{12}\.tmp$/;
const TAIL_LENGTH = 32;
/** Exclusive creation: an existing file or link of that name is never followed or overwritten. */
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** Creates a locked temporary file in the folder of its target. The writer renames it before closing it. */
export async function createTemporary(target: string): Promise<{ readonly path: string; readonly file: FileHandle }> {
  for (;;) {
    const path = temporaryPath(target);
    const file = await open(path, NEW, 0o666);
    if (isOurs(path, file.fd)) return { path, file };
    await file.close();
  }
}

/** As `createTemporary`, synchronously and with a descriptor. */
export function createTemporarySync(target: string): { readonly path: string; readonly descriptor: number } {
  for (;;) {
    const path = temporaryPath(target);
    const descriptor = openSync(path, NEW, 0o666);
    if (isOurs(path, descriptor)) return { path, descriptor };
    closeSync(descriptor);
  }
}

/**
 * Removes the temporary files of killed processes in a folder. Files that are being written stay. So do files of
 * another machine and, without locks, all files.
 * @param target remove only temporary files of this target
 */
export function removeLeftovers(folder: string, target?: string): void {
  const wanted = target === undefined ? undefined : prefixOf(target);
  for (const name of namesIn(folder)) {
    const prefix = name.slice(0, -TAIL_LENGTH);
    const isMatch = wanted === undefined ? /^\..+\.$/.test(prefix) : prefix === wanted;
    const [, boot, host] = TAIL.exec(name.slice(-TAIL_LENGTH)) ?? [];
    if (isMatch && (boot === bootMark() || host === hostMark())) removeUnlocked(join(folder, name));
  }
}

/** True if the file is locked and exists: another process may remove it between opening and locking. */
function isOurs(path: string, descriptor: number): boolean {
  return lockFile(descriptor) !== 'held' && existsSync(path);
}

function removeUnlocked(path: string): void {
  try {
    const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants;
    const descriptor = openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    try {
      if (fstatSync(descriptor).isFile() && lockFile(descriptor) === 'locked') rmSync(path, { force: true });
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // The file is gone, or belongs to another user. Cleaning up is not essential.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Returns a path in the folder of the target, so that a rename stays on one file system. */
function temporaryPath(target: string): string {
  const name = `${prefixOf(target)}${bootMark()}${hostMark()}${randomBytes(6).toString('hex')}.tmp`;
  return join(dirname(target), name);
}

/** Returns the beginning of the name, truncated so that the whole name has at most 255 bytes. */
function prefixOf(target: string): string {
  return `.${Buffer.from(basename(target)).subarray(0, 200).toString()}.`;
}

const hostMark = (): string => mark(thisMachine().host);
/** Mark of the running kernel; of the host name if the kernel has no id. */
const bootMark = (): string => mark(thisMachine().boot ?? thisMachine().host);

function mark(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
