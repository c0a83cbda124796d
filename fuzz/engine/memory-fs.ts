// node:fs with the folder of inputs in memory.

import * as system from 'node:fs';
import { Readable } from 'node:stream';
import { content, files, isOurs } from './memory-files.js';

export * from 'node:fs';

export function writeFileSync(path: string, data: string | Uint8Array): void {
  if (isOurs(path)) files.set(path, typeof data === 'string' ? Buffer.from(data) : Uint8Array.from(data));
  else system.writeFileSync(path, data);
}

export function rmSync(path: string, options?: system.RmOptions): void {
  if (isOurs(path)) files.delete(path);
  else system.rmSync(path, options);
}

export function createReadStream(path: string, options?: { highWaterMark?: number }): Readable {
  return isOurs(path) ? Readable.from([Buffer.from(content(path))]) : system.createReadStream(path, options);
}

export default { ...system, writeFileSync, rmSync, createReadStream };
