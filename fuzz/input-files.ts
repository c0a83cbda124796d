// Inputs for what reads files: in a folder that is made once; under the engine in memory (engine/memory-files.ts).

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INPUT_FOLDER } from './engine/input-folder.js';

let folder: string | undefined;

export function inputFolder(): string {
  return (folder ??= mkdtempSync(join(tmpdir(), INPUT_FOLDER)));
}

/** @returns its path */
export function inputFile(name: string, bytes: Uint8Array | string): string {
  const path = join(inputFolder(), name);
  writeFileSync(path, bytes);
  return path;
}
