// Writing files so that a reader sees the old file or the whole new one: temporary name, fsync, rename, fsync of the
// folder.

import { constants } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FileError, InputError, InterlatentError } from '../errors.js';
import { causeCode, systemReason } from './cause.js';
import { isFolder } from './exists.js';
import { replaceFile } from './replace-file.js';
import { createTemporary, removeLeftovers } from './temporary.js';
import { windowsPathProblem } from './windows-names.js';

/**
 * Write a file whole or not at all. On a failure the temporary file is removed and an existing file keeps its content,
 * unless the error is about the folder (`details.path`): then the new file is there, and may be lost with the power.
 * What a killed write of the same file left is removed first.
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

/** Remove a file; one that is not there is fine. @throws FileError `unwritable` */
export async function removeFile(path: string): Promise<void> {
  await remove(path, { isFolder: false });
}

/** Remove a folder and all that is in it. @throws FileError `unwritable` */
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
 * Create a folder and its parents; an existing folder is fine.
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
 * @throws InputError `invalid-argument` for an empty path, which would stand for the working folder, and on Windows for
 *   a name that Windows would change
 */
function checkPath(path: string): void {
  if (path === '') throw new InputError('invalid-argument', 'The path to write to is empty; give one.');
  const reason = process.platform === 'win32' ? windowsPathProblem(path) : undefined;
  if (reason !== undefined) {
    throw new InputError('invalid-argument', `cannot write ${path}: ${reason}; choose another name`, { path });
  }
}

/** Not mkdir's own `recursive`, which never ends where a folder says that it does not exist, as those of /proc do. */
async function makeWithParents(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    if (await isFolder(path)) return;
    if (causeCode(cause) !== 'ENOENT' || dirname(path) === path) throw cause;
    // Where it is there now, another process has made it meanwhile.
    if (!(await isFolder(dirname(path)))) await makeWithParents(dirname(path));
    await mkdir(path).catch(async (problem: unknown) => {
      if (!(await isFolder(path))) throw problem;
    });
  }
}

/** The coded error for a failed write; errors of this package pass through unchanged. */
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
