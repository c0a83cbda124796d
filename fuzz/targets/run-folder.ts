// The files of a RUN, in a zip: a folder is several inputs that belong together.

import { unzipSync } from 'fflate';
import { readRun } from '../../src/training/run-folder.js';
import { inputFile, inputFolder } from '../input-files.js';
import type { Target } from '../target.js';
import { zipPieces } from '../zip-pieces.js';

const FILES = ['run.json', 'graph.json', 'metrics.jsonl', 'model.safetensors', 'subjects.json'];

export const target: Target = {
  ...zipPieces,
  run: async (bytes) => {
    let files: Record<string, Uint8Array>;
    try {
      files = unzipSync(bytes, { filter: ({ name, originalSize }) => FILES.includes(name) && originalSize < 2 ** 20 });
    } catch {
      return;
    }
    for (const name of FILES) inputFile(name, files[name] ?? new Uint8Array());
    await readRun(inputFolder());
  },
};
