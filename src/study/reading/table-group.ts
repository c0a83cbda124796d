// A table of a study file: its place in the file, and the origin of its columns.

import { InterlatentError } from '../../errors/errors.js';
import type { ColumnKinds } from '../grammar/levels.js';
import type { StudyPath, TableConfig } from '../grammar/tables.js';

/** The place of a table in the study file, and its name in messages. */
export interface TableGroup {
  readonly at: StudyPath;
  readonly name: string;
  readonly config: TableConfig;
  /** Columns that the study lists under `log`. */
  readonly logged?: readonly string[];
  /** Columns that the key `where` names, if the caller applies its rules. Errors about them name this place. */
  readonly checked?: readonly string[];
  /** Kinds of columns that are not measurements. */
  readonly kinds?: ColumnKinds;
}

/** Ending of the name of a column of standard deviations over a subject's rows. */
const SPREAD = '.sd';

/** Returns the column of the files from which a column is computed. */
export function baseOf(column: string, { repeats }: TableConfig): string {
  return repeats && column.endsWith(SPREAD) ? column.slice(0, -SPREAD.length) : column;
}

/** Returns the same error with the place in the study file that led to it. */
export function prefixed(place: string, cause: unknown, advice = ''): unknown {
  if (!(cause instanceof InterlatentError)) return cause;
  const { code, message, details } = cause;
  const kind = cause.constructor as typeof InterlatentError;
  return new kind(code, `${place}: ${message}${advice}`, { ...details }, cause.cause);
}

export function difference(names: readonly string[], without: readonly string[]): string[] {
  const excluded = new Set(without);
  return names.filter((name) => !excluded.has(name));
}
