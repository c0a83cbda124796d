// The tables of interlatent impute --completed: those of the study, without gaps.

import { join, resolve } from 'node:path';
import { InputError } from '../errors.js';
import { makeFolder } from '../files/atomic.js';
import { writeTable } from '../files/read-table.js';
import type { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { checkCompletable, completedTables, type ImputedCell } from '../questions/index.js';
import { checkOriginals } from '../study/originals.js';
import type { Study } from '../study/study.js';
import { idName } from '../study/subject-id.js';

export interface CompletedFiles {
  readonly folder: string;
  /** `.csv`, `.parquet` or `.npz`. */
  readonly format: string;
  /** The list of missing cells, which is written beside. */
  readonly list?: string | undefined;
}

/**
 * Before anything is imputed: that no table of the study would be replaced, nor the list of cells, and that values can
 * be given in its units.
 *
 * @param study read with `keepTables`
 * @throws InputError `overwrites-study`, `no-inverse`, `invalid-option` where a table would replace the list
 */
export async function checkCompleted(
  { path, tables = [] }: Study,
  { columnScales }: MultimodalCausalModel,
  files: CompletedFiles,
): Promise<void> {
  const targets = tables.map(({ name }) => fileOf(files, name));
  const { list } = files;
  if (list !== undefined && targets.some((target) => resolve(target) === resolve(list))) {
    throw new InputError('invalid-option', `--out ${list} is also a table of --completed; name another file.`);
  }
  await checkOriginals(path, targets);
  checkCompletable(tables, columnScales);
}

/** @returns the files, which replace others of their names; @throws FileError, InputError `unknown-format` */
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
