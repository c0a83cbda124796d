// A RUN folder: model.safetensors (weights of the chosen restart), run.json (settings and results), graph.json,
// metrics.jsonl; and subjects.json with the ids of held-out subjects. You can share the folder without that last file.

import { join } from 'node:path';
import { InputError } from '../errors/errors.js';
import { removeFile, writeFileAtomic } from '../files/atomic.js';
import { readBytes } from '../files/bytes.js';
import { exists } from '../files/exists.js';
import { removeCheckpoint } from './checkpoint.js';
import { inLockedFolder, type LockedFolder } from './locked-folder.js';
import { METRICS_FILE, parseMetrics } from './metrics-file.js';
import { fileDigests } from './run-digests.js';
import {
  checkDigest,
  digestOf,
  digestsOf,
  filesOf,
  GRAPH_FILE,
  graphOf,
  parametersOf,
  summaryOf,
  SUMMARY_FILE,
  summaryText,
  WEIGHTS_FILE,
  type RunFile,
  type SavedRun,
} from './run-files.js';
import { heldOutOf, SUBJECTS_FILE, subjectsFiles } from './subjects-file.js';

export type { SavedRun } from './run-files.js';
export type { RunSummary } from './run-summary.js';

/** True if the folder holds a finished fit. */
export async function hasRun(folder: string): Promise<boolean> {
  return exists(join(folder, SUMMARY_FILE));
}

/** Marks a finished fit as unfinished while its other files change. @throws FileError `unwritable` */
export async function removeSummary(folder: string): Promise<void> {
  await removeFile(join(folder, SUMMARY_FILE));
}

/**
 * Writes a RUN folder.
 * @param folder a path, which is locked meanwhile, or a folder that the caller has locked
 * @param tables names of tables that the caller has already written there and that belong to the fit
 * @throws StateError `run-locked` while a fit writes there; FileError `unwritable`, `disk-full`. Existing files stay
 *   whole.
 */
export async function writeRun(
  folder: string | LockedFolder,
  run: SavedRun,
  tables: readonly string[] = [],
): Promise<void> {
  await inLockedFolder(folder, (path) => writeFiles(path, run, tables));
}

async function writeFiles(folder: string, run: SavedRun, tables: readonly string[]): Promise<void> {
  await removeSummary(folder);
  const { summary, heldOut } = run;
  const files = [...filesOf(run), ...subjectsFiles(summary.fingerprint, heldOut)];
  for (const [name, bytes] of files) await writeFileAtomic(join(folder, name), bytes);
  if (heldOut === undefined) await removeFile(join(folder, SUBJECTS_FILE));
  const digests = { ...digestsOf(files), ...(await fileDigests(folder, tables)) };
  await writeFileAtomic(join(folder, SUMMARY_FILE), summaryText(summary, digests));
  await removeCheckpoint(folder);
}

/**
 * Reads and checks all files of a finished fit.
 * @throws InputError `no-run` if the folder holds no finished fit; `damaged-file`, also for files of different fits;
 *   `earlier-run`, `later-run` for a fit of another format
 */
export async function readRun(folder: string): Promise<SavedRun> {
  const read = async (name: string): Promise<RunFile> => {
    const path = join(folder, name);
    try {
      return { path, bytes: await readBytes(path) };
    } catch (cause) {
      throw new InputError(
        'no-run',
        `${folder} holds no finished fit: ${name} cannot be read. Make one with: interlatent fit STUDY --out ${folder}`,
        { folder },
        cause,
      );
    }
  };
  const summaryFile = await read(SUMMARY_FILE);
  const { summary, digests } = summaryOf(summaryFile);
  const readChecked = async (name: string): Promise<RunFile> => {
    const file = await read(name);
    checkDigest(digests, name, file);
    return file;
  };
  const metrics = await readChecked(METRICS_FILE);
  return {
    graph: graphOf(await readChecked(GRAPH_FILE), summary),
    history: parseMetrics(metrics.bytes, metrics.path),
    parameters: parametersOf(await readChecked(WEIGHTS_FILE), summary),
    summary,
    digest: digestOf(summaryFile.bytes),
    heldOut: (await hasSubjects(folder)) ? heldOutOf(await readChecked(SUBJECTS_FILE), summary) : undefined,
  };
}

async function hasSubjects(folder: string): Promise<boolean> {
  return exists(join(folder, SUBJECTS_FILE));
}
