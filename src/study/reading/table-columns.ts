// Selects the columns of a table's files, and checks that the columns that a study file names exist.

import { InputError } from '../../errors/errors.js';
import { missingColumn } from '../../files/table.js';
import { namedColumns } from '../grammar/cells.js';
import type { StudyFile } from '../grammar/study-file.js';
import { subjectIds } from '../grammar/subject-id.js';
import { baseOf, prefixed, type TableGroup } from './table-group.js';
import type { Choice, Part } from './table-part.js';
import type { StudyPath } from '../grammar/tables.js';

/** Returns the columns of the files that are used, in order. */
export function columnsOf(
  file: StudyFile,
  { at, name, config, checked = [] }: TableGroup,
  { parts, wanted, needed }: Choice & { readonly parts: readonly Part[] },
): readonly string[] {
  const holder = new Map<string, Part>();
  for (const part of parts) {
    for (const column of part.columns.keys()) {
      if (holder.has(column)) {
        throw new InputError(
          'duplicate-column',
          `${file.locate([...at, 'table'])}: two joined tables have a column '${column}' ` +
            `(${holder.get(column)!.tables[0].file} and ${part.tables[0].file}); rename it in one of them or omit it`,
          { column },
        );
      }
      holder.set(column, part);
    }
  }
  const { column: id } = subjectIds(file.config.id, config);
  const available = parts.flatMap((part) => part.available).filter((column) => column !== id);
  const files = parts.flatMap(({ tables }) => tables.map((table) => table.file)).join(', ');
  for (const column of [...(wanted ?? []), ...needed]) {
    if (holder.has(column)) continue;
    const listed = config.columns?.findIndex((one) => baseOf(one, config) === column) ?? -1;
    const skipped = Object.keys(config.skips).find((one) => config.skips[one].when === column);
    const needs = skipped === undefined ? ['where', column] : ['skips', skipped, 'when'];
    const place = [...at, ...(needed.has(column) || checked.includes(column) ? needs : ['columns', listed])];
    throw prefixed(file.locate(place), missingColumn(column, available, files));
  }
  const { omit = [] } = config;
  const used = wanted ?? [...holder.keys()].filter((column) => !omit.includes(column));
  // A list of subjects needs no column.
  if (used.length === 0 && wanted?.length !== 0) {
    throw new InputError(
      'no-columns',
      `${file.locate([...at, 'table'])}: '${name}' has no numeric column except the id`,
      { name },
    );
  }
  return used;
}

/** Checks that named columns exist: a misspelled name would silently do nothing. */
export function checkNames(
  file: StudyFile,
  { at, name, config, logged = [], kinds }: TableGroup,
  parts: readonly Part[],
): void {
  const available = [...new Set(parts.flatMap((part) => part.available))];
  const check = (column: string, place: StudyPath, known = column) => {
    if (!available.includes(known)) {
      throw prefixed(file.locate([...at, ...place]), missingColumn(column, available, `'${name}'`));
    }
  };
  for (const key of ['skips', 'limits'] as const) {
    for (const column of Object.keys(config[key])) check(column, [key, column]);
  }
  for (const key of ['missing', 'recode'] as const) {
    for (const column of namedColumns(config[key])) check(column, [key, column]);
  }
  for (const key of ['censored', 'percent'] as const) {
    const columns = config[key];
    if (Array.isArray(columns)) for (const [i, column] of columns.entries()) check(column, [key, i]);
  }
  for (const key of ['kinds', 'levels'] as const) {
    for (const column of Object.keys(kinds?.[key] ?? {})) check(column, [key, column]);
  }
  for (const column of Object.keys(config.labels)) check(column, ['labels', column], baseOf(column, config));
  for (const [i, column] of (config.omit ?? []).entries()) check(column, ['omit', i]);
  for (const [i, column] of logged.entries()) check(column, ['log', i], baseOf(column, config));
}
