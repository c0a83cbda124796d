// The tables of interlatent impute --completed: those of the study, without gaps.

import { join } from 'node:path';
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
}

/**
 * Before anything is imputed: that no table of the study would be replaced, and that values can be given in its units.
 *
 * @param study read with `keepTables`
 * @throws InputError `overwrites-study`, `no-inverse`
 */
export async function checkCompleted(
  { path, tables = [] }: Study,
  { columnScales }: MultimodalCausalModel,
  files: CompletedFiles,
): Promise<void> {
  await checkOriginals(
    path,
    tables.map(({ name }) => fileOf(files, name)),
  );
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
