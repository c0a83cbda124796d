// subjects.json: the ids of held-out subjects, in a separate file, so that the other files of a RUN folder can be
// shared.

import * as z from 'zod';
import { InputError } from '../errors/errors.js';
import type { RunFile } from './run-files.js';
import type { RunSummary } from './run-summary.js';

export const SUBJECTS_FILE = 'subjects.json';
const FORMAT = 'interlatent-subjects-1';

const subjectsSchema = z.object({
  format: z.literal(FORMAT),
  /** Fingerprint of the fit's data set. */
  fingerprint: z.string(),
  heldOut: z.array(z.string()).readonly(),
});

/**
 * Returns the ids of the held-out subjects.
 * @throws InputError `damaged-file`, also for the file of another fit
 */
export function heldOutOf(
  { path, bytes }: RunFile,
  { fingerprint }: Pick<RunSummary, 'fingerprint'>,
): readonly string[] {
  const damaged = (reason: string, cause?: unknown) =>
    new InputError('damaged-file', `${path} ${reason}; copy it from the folder of the fit.`, { path }, cause);
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw damaged('is not JSON', cause);
  }
  const { success, data } = subjectsSchema.safeParse(content);
  if (!success) throw damaged('does not hold the subjects of a fit');
  if (data.fingerprint !== fingerprint) throw damaged('holds the subjects of another fit');
  return data.heldOut;
}

/** Returns the file with the ids, or no file if the ids are unknown. */
export function subjectsFiles(fingerprint: string, heldOut: readonly string[] | undefined): [string, Uint8Array][] {
  if (heldOut === undefined) return [];
  const text = `${JSON.stringify({ format: FORMAT, fingerprint, heldOut }, null, 2)}\n`;
  return [[SUBJECTS_FILE, new TextEncoder().encode(text)]];
}
