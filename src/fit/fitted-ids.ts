// The subjects that trained a model. Their ids are in latents-in-sample.csv of its RUN folder. A shared folder may lack
// this file.

import { join } from 'node:path';
import { exists } from '../files/exists.js';
import { readTable } from '../files/read-table.js';
import { runTable } from '../training/run-digests.js';

/** Latents of the model that was trained on these subjects. */
export const IN_SAMPLE_FILE = 'latents-in-sample.csv';

/**
 * Returns the ids of training and validation subjects; undefined if the folder does not name them.
 * @param heldOut ids of held-out subjects
 * @throws InputError `damaged-file`
 */
export async function fittedIds(run: string, heldOut: readonly string[] = []): Promise<Set<string> | undefined> {
  if (!(await exists(join(run, IN_SAMPLE_FILE)))) return undefined;
  const path = await runTable(run, IN_SAMPLE_FILE);
  const [id] = (await readTable(path, { columns: [] })).available;
  const table = await readTable(path, { columns: [], text: [id] });
  const isHeldOut = new Set(heldOut);
  return new Set(table.texts(id).filter((one) => !isHeldOut.has(one)));
}
