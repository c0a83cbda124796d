// node:fs/promises with the folder of inputs in memory.

import { constants, type RmOptions } from 'node:fs';
import * as system from 'node:fs/promises';
import { content, files, Handle, isOurs, status } from './memory-files.js';

export * from 'node:fs/promises';

export async function open(path: string, flags?: string | number, mode?: number): Promise<unknown> {
  if (!isOurs(path)) return system.open(path, flags, mode);
  return new Handle(path, typeof flags === 'number' && (flags & constants.O_CREAT) !== 0);
}

export async function stat(path: string): Promise<unknown> {
  return isOurs(path) ? status(path) : system.stat(path);
}

export async function access(path: string): Promise<void> {
  if (isOurs(path)) content(path);
  else await system.access(path);
}

export async function rename(from: string, to: string): Promise<void> {
  if (!isOurs(from)) return system.rename(from, to);
  files.set(to, content(from));
  files.delete(from);
}

export async function rm(path: string, options?: RmOptions): Promise<void> {
  if (isOurs(path)) files.delete(path);
  else await system.rm(path, options);
}

export async function readFile(
  path: string,
  options?: BufferEncoding | { encoding?: BufferEncoding },
): Promise<unknown> {
  if (!isOurs(path)) return system.readFile(path, options);
  return new Handle(path, false).readFile(typeof options === 'string' ? options : options?.encoding);
}

export default { ...system, open, stat, access, rename, rm, readFile };
