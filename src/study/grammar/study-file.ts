// A study file on disk. Paths of its tables are relative to it.

import { dirname, resolve } from 'node:path';
import { InputError } from '../../errors/errors.js';
import { readBytes } from '../../files/bytes.js';
import type { MemoryTable } from '../../files/memory-table.js';
import { readTable } from '../../files/read-table.js';
import { studyFileOf, type StudyFile } from './parse-study.js';

export type { StudyFile } from './parse-study.js';

/** Sources of what a study file names. */
export interface StudySources {
  /** Tables in memory, by the names that the study file has instead of paths. */
  readonly tables?: Readonly<Record<string, MemoryTable>> | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const MAX_STUDY_BYTES = 2 ** 20;

/**
 * Reads a study file (.yaml, .yml or .json).
 *
 * @param environment values for `${NAME}` and `${NAME:-default}` in paths of tables
 * @throws InputError `study-syntax`, `invalid-study`, `unknown-key`, `missing-file`, `too-large`; FileError
 *   `unreadable`
 */
export async function readStudyFile(
  path: string,
  environment: Environment = process.env,
  { tables = {} }: StudySources = {},
): Promise<StudyFile> {
  return studyFileOf(path, await readBytes(path, MAX_STUDY_BYTES), {
    resolveTable: (entry, place) => {
      if (Object.hasOwn(tables, entry)) return entry;
      return resolve(dirname(path), expandVariables(entry, environment, place));
    },
    readTable: async (table, options) => {
      if (!Object.hasOwn(tables, table)) return readTable(table, options);
      const { readMemoryTable } = await import('../../files/memory-table.js');
      return readMemoryTable(tables[table], table, options);
    },
  });
}

/** Expands `${NAME}` and `${NAME:-default}`, as in a shell. */
function expandVariables(entry: string, environment: Environment, place: () => string): string {
  return entry.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g, (_, name: string, fallback?: string) => {
    const value = (Object.hasOwn(environment, name) && environment[name]) || fallback;
    if (value === undefined) {
      throw new InputError(
        'undefined-variable',
        `${place()}: the environment variable ${name} is not set; set it or write \${${name}:-default}`,
        { name },
      );
    }
    return value;
  });
}
