// A record on disk: what has one is not computed again, as long as it was made with the same settings.

import type * as z from 'zod';
import { InputError } from '../errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { readText } from '../files/bytes.js';
import { exists } from '../files/exists.js';

/** What a user reads about a record that does not fit. */
export interface RecordProblems {
  readonly damaged: string;
  readonly otherSettings: string;
}

const PROBLEMS: RecordProblems = {
  damaged: 'is not a record; remove it to run it again.',
  otherSettings: '; choose another --out, or remove it.',
};

/**
 * The record at `path`; where there is none, the one that `make` gives, written there.
 * @throws InputError `damaged-file`, `other-settings`; what `make` throws
 */
export async function keptRecord<Record extends { readonly settings: string }>(
  path: string,
  schema: z.ZodType<Record>,
  settings: string,
  make: () => Promise<Record>,
): Promise<Record> {
  const known = await readRecordFile(path, schema, settings, PROBLEMS);
  if (known) return known;
  const record = await make();
  await writeFileAtomic(path, `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/**
 * The record at `path`, if there is one.
 * @param settings of the record, which must be the same text
 * @throws InputError `damaged-file`, `other-settings`
 */
export async function readRecordFile<Record extends { readonly settings: string }>(
  path: string,
  schema: z.ZodType<Record>,
  settings: string,
  problems: RecordProblems,
): Promise<Record | undefined> {
  if (!(await exists(path))) return undefined;
  const { success, data } = schema.safeParse(jsonOf(await readText(path)));
  if (!success) throw new InputError('damaged-file', `${path} ${problems.damaged}`, { path });
  if (data.settings === settings) return data;
  throw new InputError('other-settings', `${path} was made with other settings${problems.otherSettings}`, {
    path,
    found: data.settings,
    wanted: settings,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
