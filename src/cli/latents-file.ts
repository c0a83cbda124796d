// latents.csv and crossfit.csv: the id column, then <modality>.z1 … of every subject.

import { join } from 'node:path';
import type { DataColumn } from '../causal/discovery/columns.js';
import type { LatentGraph } from '../causal/index.js';
import { InputError } from '../errors.js';
import { exists } from '../files/exists.js';
import { readTable, writeTable } from '../files/read-table.js';
import type { Latents } from '../multimodal-causal-model.js';

/** Cross-fitted latents in a RUN folder: each subject's by a model that never saw it. */
export const CROSS_FITTED_FILE = 'crossfit.csv';

/**
 * @param id name of the id column
 * @throws InputError `unknown-format`; FileError `unwritable`, `disk-full`
 */
export async function writeLatents(path: string, id: string, ids: readonly string[], latents: Latents): Promise<void> {
  const columns = Object.entries(latents).flatMap(([modality, values]) => {
    const width = values.length / ids.length;
    return Array.from({ length: width }, (_, i) => ({
      name: `${modality}.z${i + 1}`,
      values: Float32Array.from(ids, (_id, row) => values[row * width + i]),
    }));
  });
  await writeTable(path, [{ name: id, values: ids }, ...columns]);
}

export interface LatentColumns {
  readonly path: string;
  readonly ids: readonly string[];
  readonly columns: readonly DataColumn[];
}

/**
 * Latents of a RUN as variables of a discovery. A test of latents that were trained on the tested subjects says
 * nothing, so they are taken only where the user says so.
 * @throws InputError `in-sample-latents` where a RUN has no cross-fitted ones; what reading a table throws
 */
export async function readLatentColumns(
  run: string,
  { nodes }: LatentGraph,
  { inSample }: { readonly inSample: boolean },
): Promise<LatentColumns> {
  const path = join(run, inSample ? 'latents.csv' : CROSS_FITTED_FILE);
  if (!inSample && !(await exists(path))) {
    throw new InputError(
      'in-sample-latents',
      `${run} has no cross-fitted latents (${CROSS_FITTED_FILE}): its latents were trained on the subjects that ` +
        'would be tested, and such p-values mean nothing. Fit again without --no-evidence, or say --in-sample.',
      { folder: run },
    );
  }
  const names = nodes.map(({ name }) => name);
  const { available } = await readTable(path, { columns: names });
  const id = available[0];
  const table = await readTable(path, { columns: names, text: [id] });
  const columns = nodes.map(({ name, modality }) => ({ name, modality, values: table.numbers(name) }));
  return { path, ids: table.texts(id), columns };
}
