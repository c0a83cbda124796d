// Code and message of anything thrown. Checks the shape and not the class: an error may come from another realm
// (worker, vm).

import { constants } from 'node:os';

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
  EFBIG: 'it would be larger than the file system or a limit (ulimit -f) allows',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open (ulimit -n)',
  ENFILE: 'too many files are open on this machine',
  ESTALE: 'the network folder is no longer available; mount it again',
};

/** Returns the `code` of a system or library error; '' without one. */
export function causeCode(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return '';
  const code = String(cause.code);
  // libuv has no names for some errors, such as a full quota.
  return code.startsWith('Unknown system error') && 'errno' in cause ? errorName(Number(cause.errno)) : code;
}

/** Describes an error of the system; undefined for other errors. */
export function systemReason(cause: unknown): string | undefined {
  const code = causeCode(cause);
  return code === '' ? undefined : (REASONS[code] ?? code);
}

function errorName(errno: number): string {
  const entry = Object.entries(constants.errno).find(([, value]) => value === Math.abs(errno));
  return entry?.[0] ?? `system error ${Math.abs(errno)}`;
}

export function causeMessage(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause);
}

/** True if the cause is an error of this built-in kind. */
export function isKind(cause: unknown, name: 'RangeError'): boolean {
  return typeof cause === 'object' && cause !== null && 'name' in cause && cause.name === name;
}
