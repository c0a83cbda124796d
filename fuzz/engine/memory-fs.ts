// Replaces node:fs; files of the input folder are in memory.

import * as system from 'node:fs';
import * as memory from './memory-files.js';

export * from 'node:fs';

const { isOurDescriptor, isOurs } = memory;

export function openSync(path: string, flags: string | number, mode?: number): number {
  return isOurs(path) ? memory.openFile(path, flags) : system.openSync(path, flags, mode);
}

export function closeSync(descriptor: number): void {
  if (isOurDescriptor(descriptor)) memory.closeFile(descriptor);
  else system.closeSync(descriptor);
}

export function fstatSync(descriptor: number): unknown {
  return isOurDescriptor(descriptor) ? memory.openedStatus(descriptor) : system.fstatSync(descriptor);
}

export function statSync(path: string, options?: system.StatSyncOptions): unknown {
  return isOurs(path) ? memory.status(path) : system.statSync(path, options);
}

type Position = number | null;

export function readSync(descriptor: number, target: Uint8Array, offset: number, length: number, at: Position): number {
  if (!isOurDescriptor(descriptor)) return system.readSync(descriptor, target, offset, length, at);
  return memory.readOpened(descriptor, target, [offset, length], at);
}

export function writeSync(descriptor: number, bytes: Uint8Array, offset: number, length: number, at: Position): number {
  if (!isOurDescriptor(descriptor)) return system.writeSync(descriptor, bytes, offset, length, at);
  return memory.writeOpened(descriptor, bytes, [offset, length], at);
}

export function ftruncateSync(descriptor: number, size: number): void {
  if (isOurDescriptor(descriptor)) memory.resizeOpened(descriptor, size);
  else system.ftruncateSync(descriptor, size);
}

export function fsyncSync(descriptor: number): void {
  if (isOurDescriptor(descriptor)) memory.openedStatus(descriptor);
  else system.fsyncSync(descriptor);
}

export function existsSync(path: string): boolean {
  return isOurs(path) ? memory.isThere(path) : system.existsSync(path);
}

export function readdirSync(path: string): string[] {
  return memory.isOurFolder(path) ? memory.namesIn(path) : system.readdirSync(path);
}

export function readFileSync(path: string, options?: BufferEncoding): string | Buffer {
  if (!isOurs(path)) return system.readFileSync(path, options);
  return options ? memory.contentOf(path).toString(options) : memory.contentOf(path);
}

export function writeFileSync(path: string, data: string | Uint8Array): void {
  if (isOurs(path)) memory.writeWhole(path, data);
  else system.writeFileSync(path, data);
}

export function renameSync(from: string, to: string): void {
  if (isOurs(from)) memory.renameFile(from, to);
  else system.renameSync(from, to);
}

export function rmSync(path: string, options?: system.RmOptions): void {
  if (isOurs(path)) memory.removeFile(path, options?.force === true);
  else system.rmSync(path, options);
}

export default {
  ...system,
  ...{ openSync, closeSync, fstatSync, statSync, readSync, writeSync, ftruncateSync, fsyncSync },
  ...{ existsSync, readdirSync, readFileSync, writeFileSync, renameSync, rmSync },
};
