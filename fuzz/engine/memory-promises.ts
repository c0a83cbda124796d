// Replaces node:fs/promises; files of the input folder are in memory.

import type { RmOptions } from 'node:fs';
import * as system from 'node:fs/promises';
import * as memory from './memory-files.js';

export * from 'node:fs/promises';

const { isOurs, settled } = memory;

export async function open(path: string, flags?: string | number, mode?: number): Promise<unknown> {
  return isOurs(path) ? settled(() => new memory.Handle(path, flags)) : system.open(path, flags, mode);
}

export async function stat(path: string): Promise<unknown> {
  return isOurs(path) ? settled(() => memory.status(path)) : system.stat(path);
}

export async function lstat(path: string): Promise<unknown> {
  return isOurs(path) ? settled(() => memory.status(path)) : system.lstat(path);
}

export async function realpath(path: string): Promise<string> {
  if (!isOurs(path)) return system.realpath(path);
  memory.status(path);
  return path;
}

export async function access(path: string): Promise<void> {
  if (isOurs(path)) memory.status(path);
  else await system.access(path);
}

export async function readdir(path: string): Promise<string[]> {
  return memory.isOurFolder(path) ? settled(() => memory.namesIn(path)) : system.readdir(path);
}

export async function rename(from: string, to: string): Promise<void> {
  if (isOurs(from)) memory.renameFile(from, to);
  else await system.rename(from, to);
}

export async function rm(path: string, options?: RmOptions): Promise<void> {
  if (isOurs(path)) memory.removeFile(path, options?.force === true);
  else await system.rm(path, options);
}

export async function readFile(
  path: string,
  options?: BufferEncoding | { encoding?: BufferEncoding },
): Promise<unknown> {
  if (!isOurs(path)) return system.readFile(path, options);
  const encoding = typeof options === 'string' ? options : options?.encoding;
  return encoding ? memory.contentOf(path).toString(encoding) : memory.contentOf(path);
}

export async function writeFile(path: string, data: string | Uint8Array): Promise<void> {
  if (isOurs(path)) memory.writeWhole(path, data);
  else await system.writeFile(path, data);
}

export default { ...system, open, stat, lstat, realpath, access, readdir, rename, rm, readFile, writeFile };
