// Writes files atomically: a reader sees the old file or the complete new one. Steps: temporary name, fsync, rename,
// fsync of the folder.

import { constants } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FileError, InputError, InterlatentError } from '../errors/errors.js';
import { causeCode, systemReason } from '../errors/cause.js';
import { isFolder } from './exists.js';
import { replaceFile } from './replace-file.js';
import { createTemporary, removeLeftovers } from './temporary.js';
import { windowsPathProblem } from './windows-names.js';

/**
 * Writes a file completely or not at all. On a failure, the temporary file is removed and an existing file keeps its
 * content. Only after an error about the folder (`details.path`) the new file is there, but a power failure may lose
 * it. Temporary files of killed writes of the same file are removed first.
 *
 * @param content bytes, text, or a function that writes to the open temporary file
 * @throws InputError `invalid-argument` for an empty path; FileError `unwritable` (folder missing, permission, name
 *   taken by a folder) or `disk-full`
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string | ((file: FileHandle) => Promise<void>),
): Promise<void> {
  checkPath(path);
  const folder = dirname(path);
  removeLeftovers(folder, path);
  try {
    const temporary = await createTemporary(path);
    const { file } = temporary;
    try {
      if (typeof content === 'function') await content(file);
      else await file.writeFile(content);
      await file.sync();
      await replaceFile(temporary.path, path);
    } catch (cause) {
      await rm(temporary.path, { force: true }).catch(() => undefined);
      throw cause;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw writeError(path, cause);
  }
  await syncFolder(folder);
}

/** Removes a file, if it exists. @throws FileError `unwritable` */
export async function removeFile(path: string): Promise<void> {
  await remove(path, { isFolder: false });
}

/** Removes a folder with its content, if it exists. @throws FileError `unwritable` */
export async function removeFolder(path: string): Promise<void> {
  await remove(path, { isFolder: true });
}

async function remove(path: string, { isFolder }: { readonly isFolder: boolean }): Promise<void> {
  try {
    await rm(path, { recursive: isFolder, force: true });
  } catch (cause) {
    const why = systemReason(cause);
    if (why === undefined) throw cause;
    throw new FileError('unwritable', `cannot remove ${path}: ${why}`, { path }, cause);
  }
}

/**
 * Creates a folder and its parents, unless they exist.
 *
 * @throws FileError `unwritable` or `disk-full`
 */
export async function makeFolder(path: string): Promise<void> {
  checkPath(path);
  try {
    await makeWithParents(resolve(path));
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/**
 * Checks a path to write to.
 * @throws InputError `invalid-argument` for an empty path, which would mean the working folder, and on Windows for a
 *   name that Windows would change
 */
function checkPath(path: string): void {
  if (path === '') throw new InputError('invalid-argument', 'The path to write to is empty; give one.');
  const reason = process.platform === 'win32' ? windowsPathProblem(path) : undefined;
  if (reason !== undefined) {
    throw new InputError('invalid-argument', `cannot write ${path}: ${reason}; choose another name`, { path });
  }
}

/** Unlike `recursive` of mkdir, terminates in a folder such as /proc, where creation fails with ENOENT. */
async function makeWithParents(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    if (await isFolder(path)) return;
    if (causeCode(cause) !== 'ENOENT' || dirname(path) === path) throw cause;
    // Another process may create the folder in the meantime.
    if (!(await isFolder(dirname(path)))) await makeWithParents(dirname(path));
    await mkdir(path).catch(async (problem: unknown) => {
      if (!(await isFolder(path))) throw problem;
    });
  }
}

/** Returns the coded error for a failed write. Errors of this package are returned unchanged. */
export function writeError(path: string, cause: unknown): unknown {
  if (cause instanceof InterlatentError) return cause;
  const code = causeCode(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FileError(
      'disk-full',
      `cannot write ${path}: the disk or the quota is full; free some space or choose another folder`,
      { path },
      cause,
    );
  }
  const why = systemReason(cause);
  return why === undefined ? cause : new FileError('unwritable', `cannot write ${path}: ${why}`, { path }, cause);
}

async function syncFolder(folder: string): Promise<void> {
  // Some systems cannot open or sync a folder.
  try {
    const handle = await open(folder, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (['EIO', 'ENOSPC', 'EDQUOT'].includes(causeCode(cause))) throw writeError(folder, cause);
  }
}
