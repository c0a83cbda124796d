// Writing files so that a reader sees the old file or the whole new one: temporary name, fsync, rename, fsync of the
// folder.

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileError, InterlatentError } from '../errors.js';
import { causeCode } from './cause.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'something else has that name',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its path has too many symbolic links',
};

/**
 * Write a file whole or not at all. On any failure the temporary file is removed and an existing file keeps its
 * content.
 *
 * @param content bytes, text, or a function that writes to the open temporary file
 * @throws FileError `unwritable` (folder missing, permission, name taken by a folder) or `disk-full`
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string | ((file: FileHandle) => Promise<void>),
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `${temporaryPrefix(path)}${randomBytes(6).toString('hex')}.tmp`);
  try {
    // Exclusive creation: a name planted by somebody else is never followed or overwritten.
    const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666);
    try {
      if (typeof content === 'function') await content(file);
      else await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeError(path, cause);
  }
  await syncFolder(folder);
}

/**
 * Delete the temporary files that killed writes of this target left beside it. Only for a target that nobody is writing
 * now; files of other targets stay. A folder that does not exist has none.
 *
 * @throws FileError `unwritable`
 */
export async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = temporaryPrefix(path);
  try {
    for (const name of await readdir(folder)) {
      if (name.startsWith(prefix) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(prefix.length))) {
        await rm(join(folder, name), { force: true });
      }
    }
  } catch (cause) {
    if (causeCode(cause) !== 'ENOENT') throw writeError(path, cause);
  }
}

/** Beside the target, so that renaming stays on one file system; cut, so that long names stay within 255 bytes. */
function temporaryPrefix(path: string): string {
  return `.${basename(path).slice(0, 200)}.`;
}

/**
 * Create a folder and its parents; an existing folder is fine.
 *
 * @throws FileError `unwritable` or `disk-full`
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** The coded error for a failed write; errors of this package pass through unchanged. */
export function writeError(path: string, cause: unknown): unknown {
  if (cause instanceof InterlatentError) return cause;
  const code = causeCode(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new FileError(
      'disk-full',
      `cannot write ${path}: the disk or the quota is full; free some space or choose another folder`,
      { path },
      cause,
    );
  }
  if (code === '') return cause;
  return new FileError('unwritable', `cannot write ${path}: ${REASONS[code] ?? code}`, { path }, cause);
}

async function syncFolder(folder: string): Promise<void> {
  // Some systems cannot open or sync a folder; the rename itself has happened by then.
  try {
    const handle = await open(folder, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    return;
  }
}
