// Writes inputs for readers of files to a folder. The engine holds these files in memory (engine/memory-files.ts).

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INPUT_FOLDER } from './engine/input-folder.js';

let folder: string | undefined;

export function inputFolder(): string {
  return (folder ??= mkdtempSync(join(tmpdir(), INPUT_FOLDER)));
}

/** Writes an input. @returns its path */
export function inputFile(name: string, bytes: Uint8Array | string): string {
  const path = join(inputFolder(), name);
  writeFileSync(path, bytes);
  return path;
}
