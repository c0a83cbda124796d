// Columns of a modality's table that are causes or batches. They are not measurements: encoders must not read them.

import { InputError } from '../../errors/errors.js';
import type { StudyFile } from '../grammar/study-file.js';
import { filesOf, type StudyPath } from '../grammar/tables.js';
import type { TableGroup } from './table-group.js';

/** Returns what a column is, by name, if it is a cause or a batch and read from a table of the modality. */
export function roleColumns(file: StudyFile, { at, config }: TableGroup): ReadonlyMap<string, string> {
  // The table of a batch has the place of its modality, too.
  if (at[0] !== 'modalities' || at.length > 2) return new Map();
  const { causes = {}, batch, modalities } = file.config;
  const ofModalities = Object.entries(modalities).flatMap(([name, modality]) =>
    'batch' in modality && modality.batch
      ? [{ of: modality.batch, place: ['modalities', name, 'batch'], role: 'a batch' }]
      : [],
  );
  const single = [
    ...Object.entries(causes).map(([name, of]) => ({ of, place: ['causes', name], role: `the cause '${name}'` })),
    ...(batch ? [{ of: batch, place: ['batch'], role: 'a batch' }] : []),
    ...ofModalities,
  ];
  if (single.length === 0) return new Map();
  const pathsOf = (table: TableGroup['config']['table'], place: StudyPath): string[] =>
    filesOf(table).flatMap(({ files, paths }) =>
      files.map((entry, i) => file.resolveTable(entry, [...place, ...paths[i]])),
    );
  const tables = new Set(pathsOf(config.table, at));
  const inTables = single.filter(({ of, place }) => pathsOf(of.table, place).some((path) => tables.has(path)));
  const roles = new Map(inTables.map(({ of, role }) => [of.column, role]));
  const listed = config.columns?.findIndex((column) => roles.has(column)) ?? -1;
  if (listed < 0) return roles;
  const column = config.columns![listed];
  throw new InputError(
    'invalid-study',
    `${file.locate([...at, 'columns', listed])}: '${column}' is ${roles.get(column)}, which encoders must not read; ` +
      'take it out of columns',
    { key: [...at, 'columns', listed].join('.') },
  );
}
