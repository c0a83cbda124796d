// A RUN folder, as a zip of its files. The digests in run.json are corrected, so that changed files are read instead of
// being refused because of their digests.

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { graphToJson } from '../../src/causal/index.js';
import { FOLDS_FILE, readFolds } from '../../src/fit/folds-file.js';
import { describeConclusions } from '../../src/conclusions/index.js';
import { readOutOfFold } from '../../src/fit/out-of-fold-file.js';
import { runTable } from '../../src/training/run-digests.js';
import { digestOf, SUMMARY_FILE } from '../../src/training/run-files.js';
import { readRun } from '../../src/training/run-folder.js';
import { inputFile, inputFolder } from '../input-files.js';
import type { Target } from '../target.js';
import { zipPieces } from '../zip-pieces.js';

const FILES = [
  ...['graph.json', 'metrics.jsonl', 'model.safetensors', 'subjects.json'],
  ...['latents.csv', 'latents-in-sample.csv', FOLDS_FILE],
];

type Files = Record<string, Uint8Array | undefined>;

export const target: Target = {
  ...zipPieces,
  run: async (bytes) => {
    let files: Files;
    try {
      files = unzipSync(bytes, { filter: ({ originalSize }) => originalSize < 2 ** 20 });
    } catch {
      return;
    }
    const folder = inputFolder();
    for (const name of FILES) {
      const content = files[name];
      if (content) inputFile(name, content);
      else rmSync(join(folder, name), { force: true });
    }
    inputFile(SUMMARY_FILE, withDigests(files));
    const run = await readRun(folder);
    const { nodes } = run.graph;
    describeConclusions(run);
    graphToJson(run.graph);
    await readOutOfFold(folder, nodes);
    if (existsSync(join(folder, FOLDS_FILE))) await readFolds(await runTable(folder, FOLDS_FILE), nodes);
  },
};

/** Returns run.json with the correct digests of the files, if it has digests. */
function withDigests(files: Files): Uint8Array {
  const summary = files[SUMMARY_FILE] ?? new Uint8Array();
  try {
    const content = JSON.parse(Buffer.from(summary).toString()) as { files: Record<string, string> };
    for (const name of FILES) {
      const bytes = files[name];
      if (bytes && /^[0-9a-f]{64}$/.test(content.files[name])) content.files[name] = digestOf(bytes);
    }
    return Buffer.from(JSON.stringify(content));
  } catch {
    return summary;
  }
}
