// A RUN folder: model.safetensors (weights of the chosen run), run.json (what was done and what came out), graph.json,
// metrics.jsonl; and subjects.json with the ids of people, without which it is whole for everybody else.

import { join } from 'node:path';
import { graphFromJson, graphToJson, type LatentGraph } from '../causal/index.js';
import { InputError } from '../errors.js';
import { removeFile, writeFileAtomic } from '../files/atomic.js';
import { readBytes } from '../files/bytes.js';
import { exists } from '../files/exists.js';
import { writeSafetensors } from '../files/safetensors.js';
import type { ParameterValues } from '../inference/inference.js';
import { removeCheckpoint } from './checkpoint.js';
import { inLockedFolder, type LockedFolder } from './locked-folder.js';
import { METRICS_FILE, metricsLine, parseMetrics } from './metrics-file.js';
import { parametersOf, summaryOf, SUMMARY_FILE, WEIGHTS_FILE, type RunFile } from './run-files.js';
import type { EpochMetrics } from './run-state.js';
import { FORMAT, type RunSummary } from './run-summary.js';
import { readHeldOut, writeHeldOut } from './subjects-file.js';

export type { RunSummary } from './run-summary.js';

/** A fitted model as it is kept on disk. */
export interface SavedRun {
  readonly summary: RunSummary;
  /** Ids of the test part, which no fit has seen; undefined where the folder came without them. */
  readonly heldOut: readonly string[] | undefined;
  /** Of the chosen run, `[1, …]` each. */
  readonly parameters: ParameterValues;
  readonly graph: LatentGraph;
  readonly history: readonly EpochMetrics[];
}

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

async function writeFiles(folder: string, { summary, heldOut, parameters, graph, history }: SavedRun): Promise<void> {
  await removeSummary(folder);
  await writeSafetensors(
    join(folder, WEIGHTS_FILE),
    Array.from(parameters, ([name, { shape, values }]) => [name, { shape, data: values }] as const),
    {
      format: FORMAT,
      version: summary.version,
      model: JSON.stringify(summary.model),
      columns: JSON.stringify(summary.columns),
      seed: String(summary.config.seed),
      fingerprint: summary.fingerprint,
    },
  );
  await writeFileAtomic(join(folder, 'graph.json'), graphToJson(graph));
  await writeFileAtomic(join(folder, METRICS_FILE), Buffer.concat(history.map(metricsLine)));
  await writeHeldOut(folder, summary.fingerprint, heldOut);
  await writeFileAtomic(join(folder, SUMMARY_FILE), `${JSON.stringify({ ...summary, format: FORMAT }, null, 2)}\n`);
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
  const { path: graphPath, bytes: graph } = await read('graph.json');
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
