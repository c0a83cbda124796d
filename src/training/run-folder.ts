// A RUN folder: model.safetensors (weights of the chosen run), run.json (what was done and what came out), graph.json,
// metrics.jsonl; and subjects.json with the ids of people, without which it is whole for everybody else.

import { join } from 'node:path';
import { graphFromJson } from '../causal/index.js';
import { InputError } from '../errors.js';
import { removeFile, writeFileAtomic } from '../files/atomic.js';
import { readBytes } from '../files/bytes.js';
import { exists } from '../files/exists.js';
import { removeCheckpoint } from './checkpoint.js';
import { inLockedFolder, type LockedFolder } from './locked-folder.js';
import { METRICS_FILE, parseMetrics } from './metrics-file.js';
import {
  filesOf,
  GRAPH_FILE,
  parametersOf,
  summaryOf,
  SUMMARY_FILE,
  summaryText,
  WEIGHTS_FILE,
  type RunFile,
  type SavedRun,
} from './run-files.js';
import { readHeldOut, writeHeldOut } from './subjects-file.js';

export type { SavedRun } from './run-files.js';
export type { RunSummary } from './run-summary.js';

/** Whether the folder holds a finished fit. */
export async function hasRun(folder: string): Promise<boolean> {
  return exists(join(folder, SUMMARY_FILE));
}

/** Makes a finished fit one that is not, as long as its other files change. @throws FileError `unwritable` */
export async function removeSummary(folder: string): Promise<void> {
  await removeFile(join(folder, SUMMARY_FILE));
}

/**
 * @param folder a path, which is locked meanwhile, or a folder that the caller has locked
 * @throws StateError `run-locked` while a fit writes there; FileError `unwritable`, `disk-full`; files that were there
 *   stay whole
 */
export async function writeRun(folder: string | LockedFolder, run: SavedRun): Promise<void> {
  await inLockedFolder(folder, (path) => writeFiles(path, run));
}

async function writeFiles(folder: string, run: SavedRun): Promise<void> {
  await removeSummary(folder);
  for (const [name, bytes] of filesOf(run)) await writeFileAtomic(join(folder, name), bytes);
  await writeHeldOut(folder, run.summary.fingerprint, run.heldOut);
  await writeFileAtomic(join(folder, SUMMARY_FILE), summaryText(run.summary));
  await removeCheckpoint(folder);
}

/** @throws InputError `no-run` when the folder holds no finished run; `damaged-file` */
export async function readRun(folder: string): Promise<SavedRun> {
  const read = async (name: string): Promise<RunFile> => {
    const path = join(folder, name);
    try {
      return { path, bytes: await readBytes(path) };
    } catch (cause) {
      throw new InputError(
        'no-run',
        `${folder} holds no finished run: ${name} cannot be read. Make one with: interlatent fit STUDY --out ${folder}`,
        { folder },
        cause,
      );
    }
  };
  const { summary, heldOut } = summaryOf(await read(SUMMARY_FILE));
  const { path: graphPath, bytes: graph } = await read(GRAPH_FILE);
  const { path: metricsPath, bytes: metrics } = await read(METRICS_FILE);
  const { path, bytes } = await read(WEIGHTS_FILE);
  return {
    graph: graphFromJson(new TextDecoder().decode(graph), graphPath),
    history: parseMetrics(metrics, metricsPath),
    parameters: parametersOf({ path, bytes }, summary.fingerprint),
    summary,
    heldOut: heldOut ?? (await readHeldOut(folder, summary.fingerprint)),
  };
}
