// Files on their way to a name: each is written under a hidden name beside its target, and locked as long as somebody
// writes it. So what a killed process left can be told from what another one is writing, whatever container that is in:
// nobody has its lock. The name says on which machine it was made, as locks need not reach others.

import { createHash, randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lockFile } from './file-lock.js';
import { thisMachine } from './this-machine.js';

/** Ends the name of a temporary file: kernel, host, chance. */
const TAIL = /^([0-9a-f]{8})([0-9a-f]{8})[0-9a-f]{12}\.tmp$/;
const TAIL_LENGTH = 32;
/** Exclusive: a name planted by somebody else is never followed or overwritten. */
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** A new file beside its target. What writes it renames it, and only then closes it. */
export async function createTemporary(target: string): Promise<{ readonly path: string; readonly file: FileHandle }> {
  for (;;) {
    const path = temporaryPath(target);
    const file = await open(path, NEW, 0o666);
    if (isOwn(path, file.fd)) return { path, file };
    await file.close();
  }
}

/** The same with a descriptor. */
export function createTemporarySync(target: string): { readonly path: string; readonly descriptor: number } {
  for (;;) {
    const path = temporaryPath(target);
    const descriptor = openSync(path, NEW, 0o666);
    if (isOwn(path, descriptor)) return { path, descriptor };
    closeSync(descriptor);
  }
}

/**
 * Removes what killed processes left in a folder; what somebody is writing stays, and so does what cannot be told: from
 * another machine, or without locks.
 * @param target only what was to become this file
 */
export function removeLeftovers(folder: string, target?: string): void {
  const own = target === undefined ? undefined : prefixOf(target);
  for (const name of namesIn(folder)) {
    const prefix = name.slice(0, -TAIL_LENGTH);
    const isAsked = own === undefined ? /^\..+\.$/.test(prefix) : prefix === own;
    const [, boot, host] = TAIL.exec(name.slice(-TAIL_LENGTH)) ?? [];
    if (isAsked && (boot === bootMark() || host === hostMark())) removeUnlocked(join(folder, name));
  }
}

/** Somebody who clears up may have been there between opening and locking. */
function isOwn(path: string, descriptor: number): boolean {
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
    // It is gone meanwhile, or somebody else's: not what this process is asked for.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** On the file system of the target, so that it can be renamed. */
function temporaryPath(target: string): string {
  const name = `${prefixOf(target)}${bootMark()}${hostMark()}${randomBytes(6).toString('hex')}.tmp`;
  return join(dirname(target), name);
}

/** Cut, so that long names stay within 255 bytes. */
function prefixOf(target: string): string {
  return `.${Buffer.from(basename(target)).subarray(0, 200).toString()}.`;
}

const hostMark = (): string => mark(thisMachine().host);
/** Where kernels have no id, the host's name must do. */
const bootMark = (): string => mark(thisMachine().boot ?? thisMachine().host);

function mark(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
