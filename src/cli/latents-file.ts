// latents.csv and crossfit.csv: the id column, then <modality>.z1 … of every subject.

import { writeTable } from '../files/read-table.js';
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
