// A folder that one fit at a time writes to. The operating system holds the lock, on the file lock.json, so that it
// ends with the process, however that ends; the file says who holds it. A network folder's locks need not reach its
// other machines, so a lock file that another machine left counts until a person has looked.

import { constants } from 'node:fs';
import { lstat, open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, StateError } from '../errors.js';
import { makeFolder, removeFile, writeError } from '../files/atomic.js';
import { openOwn } from '../files/bytes.js';
import { causeCode } from '../files/cause.js';
import { removeLeftovers } from '../files/temporary.js';
import { isRunning, thisMachine } from '../files/this-machine.js';
import type { Addon } from '../runtime/addon.js';
import { native } from '../runtime/native.js';
import type { Holder } from './lock-holder.js';

export const LOCK_FILE = 'lock.json';

/** What there is to know about a lock file. */
export interface Finding {
  /** What the operating system says. */
  readonly lock: ReturnType<Addon['lockFile']>;
  /** What the file says; undefined for a file that says nothing. */
  readonly holder: Holder | undefined;
  /** True for a file that this call has made. */
  readonly isNew: boolean;
}

/** `uncertain`: nothing on this machine can tell whether the holder still runs. */
export type Verdict = 'free' | 'held' | 'uncertain';

/** @param isAlive whether a process of this machine runs */
export function judge({ lock, holder, isNew }: Finding, self: Holder, isAlive: (pid: number) => boolean): Verdict {
  if (lock === 'held') return 'held';
  if (isNew) return 'free';
  if (holder === undefined) return lock === 'locked' ? 'free' : 'uncertain';
  const isSameKernel = self.boot !== undefined && self.boot === holder.boot;
  if (lock === 'locked') return isSameKernel || holder.host === self.host ? 'free' : 'uncertain';
  // Without the system's word the number of a process must do, which only its host understands.
  if (holder.host !== self.host) return 'uncertain';
  const isRestarted = self.boot !== undefined && holder.boot !== undefined && !isSameKernel;
  return isRestarted || !isAlive(holder.pid) ? 'free' : 'uncertain';
}

/** A locked folder that one call works in. */
export interface FolderUse {
  readonly path: string;
  /** Ends the work. */
  readonly leave: () => Promise<void>;
}

/** A folder that is locked until `close`. */
export class LockedFolder {
  readonly path: string;
  #file: FileHandle | undefined;
  #isInUse = false;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Makes the folder where there is none, locks it, and removes the temporary files that killed processes left there.
   * @throws StateError `run-locked` while another process, or another call of this one, has it; FileError `unwritable`;
   *   DeviceError `native-missing`
   */
  static async open(path: string): Promise<LockedFolder> {
    // First of all: where it is missing, nothing is made.
    const addon = native();
    await makeFolder(path);
    const lockPath = join(path, LOCK_FILE);
    const self: Holder = { pid: process.pid, ...thisMachine(), since: new Date().toISOString() };
    for (;;) {
      const { file, isNew } = await openFile(lockPath);
      let isOwn = false;
      try {
        const lock = addon.lockFile(file.fd);
        const holder = await readHolder(file);
        const verdict = judge({ lock, holder, isNew }, self, isRunning);
        if (verdict !== 'free') throw lockedError(path, verdict, holder);
        // Whoever held it may have removed the file since it was opened here: then the name stands for another file.
        isOwn = await isAt(lockPath, file);
        if (isOwn) {
          await file.truncate(0);
          await file.write(`${JSON.stringify(self)}\n`, 0);
          await file.sync();
          removeLeftovers(path);
          return new LockedFolder(path, file);
        }
      } catch (cause) {
        // On a full disk, for instance, a lock that says nothing would stay.
        if (isOwn) await rm(lockPath, { force: true }).catch(() => undefined);
        await file.close();
        throw writeError(lockPath, cause);
      }
      await file.close();
    }
  }

  /**
   * Begins work in the folder, of one call at a time.
   * @throws StateError `run-locked` while another call works there, `disposed` after `close`
   */
  enter(): FolderUse {
    const { path } = this;
    if (this.#file === undefined) {
      throw new StateError('disposed', `${path} is not locked any more; open it again.`, { folder: path });
    }
    if (this.#isInUse) {
      throw new StateError(
        'run-locked',
        `${path} is being written by another call of this process. Wait until that ends, or choose another folder.`,
        { folder: path },
      );
    }
    this.#isInUse = true;
    const leave = (): Promise<void> => {
      this.#isInUse = false;
      return Promise.resolve();
    };
    return { path, leave };
  }

  /** Unlocks the folder. Idempotent. */
  async close(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    try {
      // Removed while it is locked: nobody can take the file in between.
      const lockPath = join(this.path, LOCK_FILE);
      if (await isAt(lockPath, file)) await removeFile(lockPath);
    } finally {
      await file.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A path, a folder that the caller has locked, or one that another thread of this process is in for the call. */
export type WorkFolder = string | LockedFolder | { readonly entered: string };

/**
 * Begins work in a folder. A path is locked until the work ends; a folder that is locked already stays so.
 * @throws as `LockedFolder.open` and `enter`
 */
export async function enterFolder(folder: WorkFolder): Promise<FolderUse> {
  if (folder instanceof LockedFolder) return folder.enter();
  if (typeof folder !== 'string') return { path: folder.entered, leave: () => Promise.resolve() };
  const locked = await LockedFolder.open(folder);
  return { path: folder, leave: () => locked.close() };
}

/** The same for the time of one call. */
export async function inLockedFolder<Result>(
  folder: WorkFolder,
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  const { path, leave } = await enterFolder(folder);
  try {
    return await work(path);
  } finally {
    await leave();
  }
}

async function openFile(path: string): Promise<{ file: FileHandle; isNew: boolean }> {
  // A link planted by somebody else is not followed.
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  try {
    return { file: await open(path, flags | constants.O_EXCL), isNew: true };
  } catch (cause) {
    if (causeCode(cause) !== 'EEXIST') throw writeError(path, cause);
  }
  try {
    await refuseLink(path);
    return { file: await openOwn(path, flags), isNew: false };
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Where opening cannot refuse to follow a link, as on Windows. */
async function refuseLink(path: string): Promise<void> {
  if ((constants.O_NOFOLLOW as number | undefined) !== undefined) return;
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isSymbolicLink()) return;
  throw new FileError('unwritable', `${path} is a symbolic link; remove it`, { path });
}

async function isAt(path: string, file: FileHandle): Promise<boolean> {
  const [here, there] = await Promise.all([
    file.stat({ bigint: true }),
    stat(path, { bigint: true }).catch(() => null),
  ]);
  return there?.ino === here.ino && there.dev === here.dev;
}

async function readHolder(file: FileHandle): Promise<Holder | undefined> {
  const text = await readFile(file, 'utf8');
  if (text === '') return undefined;
  // Hardly ever: what reads it is not for every import of the package.
  const { parseHolder } = await import('./lock-holder.js');
  return parseHolder(text);
}

function lockedError(folder: string, verdict: Exclude<Verdict, 'free'>, holder: Holder | undefined): StateError {
  const who = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : 'another process';
  const message =
    verdict === 'held'
      ? `${folder} is being written by ${who}. Wait until that ends, stop it, or choose another folder.`
      : `${folder} was locked by ${who}, and this machine cannot see whether that still runs. ` +
        `If it does not, remove ${join(folder, LOCK_FILE)} and try again.`;
  return new StateError('run-locked', message, { folder, verdict, ...holder });
}
