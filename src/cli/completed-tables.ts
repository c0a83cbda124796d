// The tables of `interlatent impute --completed`: those of the study, with imputed values.

import { join, resolve } from 'node:path';
import { InputError } from '../errors/errors.js';
import { makeFolder } from '../files/atomic.js';
import { writeTable } from '../files/read-table.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { checkCompletable, completedTables, type ImputedCell } from '../questions/index.js';
import { checkOriginals } from '../study/reading/originals.js';
import type { Study } from '../study/study.js';
import { idName } from '../study/grammar/subject-id.js';

export interface CompletedFiles {
  readonly folder: string;
  /** Extension of the tables: `.csv`, `.parquet` or `.npz`. */
  readonly format: string;
  /** Path of the list of missing cells, which is also written. */
  readonly list?: string | undefined;
}

/**
 * Checks, before anything is imputed, that no table of the study and not the list of cells would be replaced, and that
 * values can be converted to the units of the study.
 *
 * @param study a study that was read with `keepTables`
 * @throws InputError `overwrites-study`, `no-inverse`, `invalid-option` if a table would replace the list
 */
export async function checkCompleted(
  { path, tables = [] }: Study,
  { columnScales }: MultimodalCausalModel,
  files: CompletedFiles,
): Promise<void> {
  const targets = tables.map(({ name }) => fileOf(files, name));
  const { list } = files;
  if (list !== undefined && targets.some((target) => resolve(target) === resolve(list))) {
    throw new InputError('invalid-option', `--out ${list} is also a table of --completed. Name another file.`);
  }
  await checkOriginals(path, targets);
  checkCompletable(tables, columnScales);
}

/**
 * Writes the tables. They replace existing files with their names.
 * @returns paths of the files
 * @throws FileError; InputError `unknown-format`
 */
export async function writeCompleted(
  { config, dataset, tables = [] }: Study,
  { columnScales }: MultimodalCausalModel,
  { cells, files }: { readonly cells: Iterable<ImputedCell>; readonly files: CompletedFiles },
): Promise<string[]> {
  await makeFolder(files.folder);
  const paths: string[] = [];
  for (const { name, columns } of completedTables(tables, columnScales, cells)) {
    const path = fileOf(files, name);
    await writeTable(path, [{ name: idName(config.id), values: dataset.ids }, ...columns]);
    paths.push(path);
  }
  return paths;
}

function fileOf({ folder, format }: CompletedFiles, name: string): string {
  return join(folder, `${name}${format}`);
}
