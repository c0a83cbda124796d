// A folder to which one fit at a time writes. The operating system holds the lock, on the file lock.json, so the lock
// ends with the process, however the process ends. The file names the holder. Locks of a network folder may not reach
// other machines. So a lock file from another machine counts until a person has removed it.

import { constants } from 'node:fs';
import { lstat, open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, StateError } from '../errors/errors.js';
import { makeFolder, removeFile, writeError } from '../files/atomic.js';
import { openInternal } from '../files/bytes.js';
import { causeCode } from '../errors/cause.js';
import { removeLeftovers } from '../files/temporary.js';
import { isRunning, thisMachine } from '../files/this-machine.js';
import type { Addon } from '../runtime/addon.js';
import { native } from '../runtime/native.js';
import type { Holder } from './lock-holder.js';

export const LOCK_FILE = 'lock.json';

/** What is known about a lock file. */
export interface Finding {
  /** Answer of the operating system. */
  readonly lock: ReturnType<Addon['lockFile']>;
  /** The holder that the file names; undefined if it names none. */
  readonly holder: Holder | undefined;
  /** True if this call created the file. */
  readonly isNew: boolean;
}

/** `uncertain`: this machine cannot find out whether the holder still runs. */
export type Verdict = 'free' | 'held' | 'uncertain';

/** Decides whether a lock is free. @param isAlive returns true if a process of this machine runs */
export function judge({ lock, holder, isNew }: Finding, self: Holder, isAlive: (pid: number) => boolean): Verdict {
  if (lock === 'held') return 'held';
  if (isNew) return 'free';
  if (holder === undefined) return lock === 'locked' ? 'free' : 'uncertain';
  const isSameKernel = self.boot !== undefined && self.boot === holder.boot;
  if (lock === 'locked') return isSameKernel || holder.host === self.host ? 'free' : 'uncertain';
  // If the system cannot lock, only the process id is left, and it is valid only on its host.
  if (holder.host !== self.host) return 'uncertain';
  const isRestarted = self.boot !== undefined && holder.boot !== undefined && !isSameKernel;
  return isRestarted || !isAlive(holder.pid) ? 'free' : 'uncertain';
}

/** A locked folder in which one call works. */
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
   * Creates the folder if there is none, locks it, and removes temporary files of killed processes.
   * @throws StateError `run-locked` while another process, or another call of this one, holds the lock; FileError
   *   `unwritable`; DeviceError `native-missing`
   */
  static async open(path: string): Promise<LockedFolder> {
    // The library is loaded first: if it is missing, no folder is created.
    const addon = native();
    await makeFolder(path);
    const lockPath = join(path, LOCK_FILE);
    const self: Holder = { pid: process.pid, ...thisMachine(), since: new Date().toISOString() };
    for (;;) {
      const { file, isNew } = await openFile(lockPath);
      let isLockedHere = false;
      try {
        const lock = addon.lockFile(file.fd);
        const holder = await readHolder(file);
        const verdict = judge({ lock, holder, isNew }, self, isRunning);
        if (verdict !== 'free') throw lockedError(path, verdict, holder);
        // The last holder may have removed the file after it was opened here. Then the name refers to another file.
        isLockedHere = await isAt(lockPath, file);
        if (isLockedHere) {
          await file.truncate(0);
          await file.write(`${JSON.stringify(self)}\n`, 0);
          await file.sync();
          removeLeftovers(path);
          return new LockedFolder(path, file);
        }
      } catch (cause) {
        // On a full disk, for example, an empty lock file would remain.
        if (isLockedHere) await rm(lockPath, { force: true }).catch(() => undefined);
        await file.close();
        throw writeError(lockPath, cause);
      }
      await file.close();
    }
  }

  /**
   * Begins work in the folder, for one call at a time.
   * @throws StateError `run-locked` while another call works there, `disposed` after `close`
   */
  enter(): FolderUse {
    const { path } = this;
    if (this.#file === undefined) {
      throw new StateError('disposed', `${path} is no longer locked; open it again.`, { folder: path });
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
      // The file is removed while it is locked, so that no other process can lock it in between.
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

/** A path, a folder that the caller has locked, or a folder that another thread of this process has entered for it. */
export type WorkFolder = string | LockedFolder | { readonly entered: string };

/**
 * Begins work in a folder. A path is locked until the work ends. A folder that is already locked stays locked.
 * @throws what `LockedFolder.open` and `enter` throw
 */
export async function enterFolder(folder: WorkFolder): Promise<FolderUse> {
  if (folder instanceof LockedFolder) return folder.enter();
  if (typeof folder !== 'string') return { path: folder.entered, leave: () => Promise.resolve() };
  const locked = await LockedFolder.open(folder);
  return { path: folder, leave: () => locked.close() };
}

/** Calls `work` in a folder that `enterFolder` has entered, and leaves it afterwards. */
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
  // Symbolic links are not followed: another user may have placed one.
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  try {
    return { file: await open(path, flags | constants.O_EXCL), isNew: true };
  } catch (cause) {
    if (causeCode(cause) !== 'EEXIST') throw writeError(path, cause);
  }
  try {
    await refuseLink(path);
    return { file: await openInternal(path, flags), isNew: false };
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Refuses a symbolic link on systems whose `open` cannot, such as Windows. */
async function refuseLink(path: string): Promise<void> {
  if ((constants.O_NOFOLLOW as number | undefined) !== undefined) return;
  const entry = await lstat(path).catch(() => undefined);
  if (!entry?.isSymbolicLink()) return;
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
  // Loaded on demand: lock files with content are rare, and an import of the package should read few files.
  const { parseHolder } = await import('./lock-holder.js');
  return parseHolder(text);
}

function lockedError(folder: string, verdict: Exclude<Verdict, 'free'>, holder: Holder | undefined): StateError {
  const who = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : 'another process';
  const message =
    verdict === 'held'
      ? `${folder} is being written by ${who}. Wait until that ends, stop it, or choose another folder.`
      : `${folder} was locked by ${who}, and this machine cannot find out whether that still runs. ` +
        `If it does not, remove ${join(folder, LOCK_FILE)} and try again.`;
  return new StateError('run-locked', message, { folder, verdict, ...holder });
}
