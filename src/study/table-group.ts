// A table as a study file names it: its place there, and what its columns are made of.

import { InterlatentError } from '../errors.js';
import type { ColumnKinds } from './levels.js';
import type { StudyPath, TableConfig } from './tables.js';

/** The place of a table in the study file, and its name in messages. */
export interface TableGroup {
  readonly at: StudyPath;
  readonly name: string;
  readonly config: TableConfig;
  /** Columns that the study lists under `log`. */
  readonly logged?: readonly string[];
  /** Of columns that are no measurements. */
  readonly kinds?: ColumnKinds;
}

/** A column of the standard deviations over a subject's rows. */
const SPREAD = '.sd';

/** The column of the files from which a column is computed. */
export function baseOf(column: string, { repeats }: TableConfig): string {
  return repeats && column.endsWith(SPREAD) ? column.slice(0, -SPREAD.length) : column;
}

/** The same error with the place in the study file that led to it. */
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
