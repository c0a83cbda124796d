// subjects.json: the ids of people, kept apart from the model, so that the rest of a RUN folder can be given away.

import { join } from 'node:path';
import * as z from 'zod';
import { InputError } from '../errors.js';
import { removeFile, writeFileAtomic } from '../files/atomic.js';
import { readBytes } from '../files/bytes.js';
import { exists } from '../files/exists.js';

export const SUBJECTS_FILE = 'subjects.json';
const FORMAT = 'interlatent-subjects-1';

const subjectsSchema = z.object({
  format: z.literal(FORMAT),
  /** Of the fit's data set. */
  fingerprint: z.string(),
  heldOut: z.array(z.string()).readonly(),
});

/**
 * Ids of the subjects that were held out, undefined where the folder does not have them.
 * @param fingerprint of the fit whose folder it is
 * @throws InputError `damaged-file`, also for the subjects of another fit; FileError `unreadable`
 */
export async function readHeldOut(folder: string, fingerprint: string): Promise<readonly string[] | undefined> {
  const path = join(folder, SUBJECTS_FILE);
  if (!(await exists(path))) return undefined;
  const text = new TextDecoder().decode(await readBytes(path));
  const damaged = (reason: string, cause?: unknown) =>
    new InputError('damaged-file', `${path} ${reason}; copy it from the folder of the fit`, { path }, cause);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw damaged('is not JSON', cause);
  }
  const { success, data } = subjectsSchema.safeParse(content);
  if (!success) throw damaged('does not hold the subjects of a fit');
  if (data.fingerprint !== fingerprint) throw damaged('holds the subjects of another fit');
  return data.heldOut;
}

/** @param heldOut undefined: takes the file away. @throws FileError `unwritable`, `disk-full` */
export async function writeHeldOut(
  folder: string,
  fingerprint: string,
  heldOut: readonly string[] | undefined,
): Promise<void> {
  const path = join(folder, SUBJECTS_FILE);
  if (heldOut === undefined) await removeFile(path);
  else await writeFileAtomic(path, `${JSON.stringify({ format: FORMAT, fingerprint, heldOut }, null, 2)}\n`);
}
