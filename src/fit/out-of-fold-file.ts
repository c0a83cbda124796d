// latents.csv of a RUN folder: out-of-fold latents, which models that never saw the subject have encoded. Only these
// latents may be correlated with columns of other modalities.

import { join } from 'node:path';
import type { LatentNode } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import type { CrossFitSplit } from '../evidence/index.js';
import { exists } from '../files/exists.js';
import type { Latents, OutOfFoldLatents } from '../inference/model-latents.js';
import type { Study } from '../study/study.js';
import { runTable } from '../training/run-digests.js';
import type { SavedRun } from '../training/run-folder.js';

/** Name of the file, which is absent if nothing was tested. */
export const OUT_OF_FOLD_FILE = 'latents.csv';

/** The properties of a `MultimodalCausalModel` that are read here. */
export interface FittedModel extends Pick<SavedRun, 'graph' | 'summary'> {
  readonly outOfFold: { readonly latents: Latents; readonly splits?: readonly CrossFitSplit[] } | undefined;
}

/**
 * Returns a fit's out-of-fold latents, from memory or from the RUN folder from which the model was read.
 * @param study the reported subjects; without them, no latents are returned
 * @throws what `readOutOfFold` throws
 */
export async function outOfFoldOf(
  { outOfFold, graph, summary }: FittedModel,
  study: Study | Dataset | undefined,
  folder: string | undefined,
): Promise<OutOfFoldLatents | undefined> {
  if (study === undefined) return undefined;
  const { ids, fingerprint } = 'dataset' in study ? study.dataset : study;
  if (outOfFold) return fingerprint === summary.fingerprint ? { ids, latents: outOfFold.latents } : undefined;
  return folder !== undefined && summary.evidence?.tested ? readOutOfFold(folder, graph.nodes) : undefined;
}

/**
 * Reads latents.csv of a RUN folder.
 * @returns undefined if there is no such file
 * @throws InputError `damaged-file` if the file belongs to another fit; `missing-column`, and what reading a table
 *   throws
 */
export async function readOutOfFold(
  folder: string,
  nodes: readonly LatentNode[],
): Promise<OutOfFoldLatents | undefined> {
  return (await exists(join(folder, OUT_OF_FOLD_FILE))) ? readLatents(folder, OUT_OF_FOLD_FILE, nodes) : undefined;
}

/**
 * Reads a table of latents of a RUN folder.
 * @throws InputError `damaged-file` if the file belongs to another fit; `missing-column`, and what reading a table
 *   throws
 */
export async function readLatents(
  folder: string,
  file: string,
  nodes: readonly LatentNode[],
): Promise<OutOfFoldLatents> {
  const path = await runTable(folder, file);
  const { readTable } = await import('../files/read-table.js');
  const [id] = (await readTable(path, { columns: [] })).available;
  const table = await readTable(path, { columns: nodes.map(({ name }) => name), text: [id] });
  const ids = table.texts(id);
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  const latents = modalities.map((modality): [string, Float32Array] => {
    const columns = nodes.filter((node) => node.modality === modality).map(({ name }) => table.numbers(name));
    const width = columns.length;
    return [
      modality,
      Float32Array.from({ length: ids.length * width }, (_, at) => columns[at % width][Math.floor(at / width)]),
    ];
  });
  return { ids, latents: Object.fromEntries(latents) };
}
