// Protects the files that a study was read from: no result may overwrite them.

import { realpath } from 'node:fs/promises';
import { InputError } from '../../errors/errors.js';
import { exists } from '../../files/exists.js';
import { readStudyFile, type StudyFile } from '../grammar/study-file.js';
import { arrayKeysOf } from '../grammar/array-keys.js';
import { tableOf } from './subject-rows.js';
import { filesOf, type StudyPath, type TableConfig } from '../grammar/tables.js';

/**
 * Checks that no result overwrites a file of the study.
 * @param study path of the study file
 * @param targets files that will be written
 * @throws InputError `overwrites-study` if one of them is a table of the study, or the study file; what
 *   `readStudyFile` throws
 */
export async function checkOriginals(study: string, targets: readonly string[]): Promise<void> {
  const file = await readStudyFile(study, undefined);
  const originals = new Map<string, string>();
  for (const path of [study, ...tablePaths(file)]) if (await exists(path)) originals.set(await realpath(path), path);
  for (const target of targets) {
    const original = (await exists(target)) ? originals.get(await realpath(target)) : undefined;
    if (original === undefined) continue;
    throw new InputError(
      'overwrites-study',
      `${target} is ${original}, which the study is read from; write to another file or folder`,
      { path: target },
    );
  }
}

/** Returns the paths of all files that the study names: tables, arrays, and weights of networks. */
function tablePaths({
  config: { cohort, survey, subgroups, modalities, causes = {}, outcomes = {}, batch, adjust, discovery },
  resolveTable,
}: StudyFile): string[] {
  const of = (table: TableConfig['table'], at: StudyPath): string[] =>
    filesOf(table).flatMap(({ files, paths }) => files.map((entry, i) => resolveTable(entry, [...at, ...paths[i]])));
  const sources = Object.entries(modalities).flatMap(([name, config]) => {
    const { table, at } = tableOf(config);
    const files = 'table' in config ? [] : arrayKeysOf(config).files;
    const ofBatch = 'batch' in config ? (config.batch?.table ?? []) : [];
    return [
      ...of(table, ['modalities', name, ...at]),
      ...of(ofBatch, ['modalities', name, 'batch']),
      ...files.map((entry) => resolveTable(entry.file, ['modalities', name, ...entry.at])),
    ];
  });
  const variables = Object.entries(discovery.variables).flatMap(([name, { table }]) =>
    of(table, ['discovery', 'variables', name]),
  );
  const ofCauses = Object.entries(causes).flatMap(([name, { table }]) => of(table, ['causes', name]));
  const ofOutcomes = Object.entries(outcomes).flatMap(([name, { table }]) => of(table, ['outcomes', name]));
  return [
    ...sources,
    ...variables,
    ...ofCauses,
    ...of(cohort?.table ?? [], ['cohort']),
    ...of(survey?.table ?? [], ['survey']),
    ...of(subgroups?.table ?? [], ['subgroups']),
    ...ofOutcomes,
    ...of(batch?.table ?? [], ['batch']),
    ...of(adjust?.table ?? [], ['adjust']),
  ];
}
