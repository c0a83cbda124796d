// The files that a study was read from, which nothing that is written may replace.

import { realpath } from 'node:fs/promises';
import { InputError } from '../errors.js';
import { exists } from '../files/exists.js';
import { readStudyFile, type StudyFile } from './study-file.js';
import { filesOf, type StudyPath, type TableConfig } from './tables.js';

/**
 * @param study path of the study file
 * @param targets files that are to be written
 * @throws InputError `overwrites-study` where one of them is a table of the study, or the study file; what
 *   `readStudyFile` throws
 */
export async function checkOriginals(study: string, targets: readonly string[]): Promise<void> {
  const file = await readStudyFile(study, undefined, { fewestModalities: 1 });
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

/** Of modalities, covariates and variables of the discovery. */
function tablePaths({ config: { modalities, adjust, discovery }, resolveTable }: StudyFile): string[] {
  const of = (groups: Readonly<Record<string, Pick<TableConfig, 'table'>>>, ...at: StudyPath): string[] =>
    Object.entries(groups).flatMap(([name, { table }]) =>
      filesOf(table).flatMap(({ files, paths }) =>
        files.map((entry, i) => resolveTable(entry, [...at, name, ...paths[i]])),
      ),
    );
  const covariates = [adjust?.table ?? []].flat().map((entry) => resolveTable(entry, ['adjust', 'table']));
  return [...of(modalities, 'modalities'), ...of(discovery.variables, 'discovery', 'variables'), ...covariates];
}
