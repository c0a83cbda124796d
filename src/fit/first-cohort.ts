// What a RUN folder knows about the subjects of its fit: their ids and latents. A shared folder may lack them.

import { join } from 'node:path';
import type { LatentNode } from '../causal/index.js';
import { exists } from '../files/exists.js';
import type { FirstCohort } from '../replication/index.js';
import { IN_SAMPLE_FILE } from './fitted-ids.js';
import { OUT_OF_FOLD_FILE, readLatents } from './out-of-fold-file.js';

/**
 * Returns what a RUN folder knows about the subjects of its fit.
 * @param heldOut ids of held-out subjects
 * @throws InputError `damaged-file`
 */
export async function firstCohortOf(
  folder: string,
  nodes: readonly LatentNode[],
  heldOut: readonly string[] = [],
): Promise<FirstCohort> {
  const read = async (file: string) =>
    (await exists(join(folder, file))) ? readLatents(folder, file, nodes) : undefined;
  const [outOfFold, inSample] = [await read(OUT_OF_FOLD_FILE), await read(IN_SAMPLE_FILE)];
  const ids = new Set([...(outOfFold?.ids ?? []), ...(inSample?.ids ?? []), ...heldOut]);
  return {
    ...(ids.size > 0 && { ids }),
    ...(outOfFold && { outOfFold: outOfFold.latents }),
    ...(inSample && { inSample: inSample.latents }),
  };
}
