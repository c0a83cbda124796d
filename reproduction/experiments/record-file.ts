// Records on disk. A result that has a record is not computed again. A record of other settings is an error.

import * as z from 'zod';
import { InputError } from '../../src/errors/errors.js';
import { writeFileAtomic } from '../../src/files/atomic.js';
import { readText } from '../../src/files/bytes.js';
import { exists } from '../../src/files/exists.js';

/** Messages about a record that cannot be used. */
export interface RecordProblems {
  readonly damaged: string;
  readonly otherSettings: string;
}

const PROBLEMS: RecordProblems = {
  damaged: 'is not a record; remove it to run it again.',
  otherSettings: '; choose another --out, or remove it.',
};

/**
 * Returns a schema that also reads objects whose keys had other names in earlier versions.
 * @param earlier earlier name of each renamed key
 */
export function withEarlierKeys<Schema extends z.ZodType>(earlier: Readonly<Record<string, string>>, schema: Schema) {
  const names = new Map(Object.entries(earlier).map(([key, before]) => [before, key]));
  const renamed = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [names.get(key) ?? key, entry]))
      : value;
  return z.preprocess(renamed, schema);
}

/**
 * Returns the record at `path`. If there is none, writes and returns the one that `make` returns.
 * @throws InputError `damaged-file`, `checkpoint-mismatch`; what `make` throws
 */
export async function readOrMakeRecord<Record extends { readonly settings: string }>(
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
 * Returns the record at `path`, if there is one.
 * @param settings text that the settings of the record must equal
 * @throws InputError `damaged-file`, `checkpoint-mismatch`
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
  throw new InputError('checkpoint-mismatch', `${path} was made with other settings${problems.otherSettings}`, {
    path,
    actual: data.settings,
    expected: settings,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
