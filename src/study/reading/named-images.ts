// Images in files that a table names: their subjects, and the modality after the files are decoded.

import type { ImageRows } from '../../images/image-rows.js';
import { checkUnique, readSources, type ArraySource } from './array-source.js';
import type { ImageFilesConfig } from '../grammar/image-keys.js';
import type { TableReport } from '../inspection/inspection.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { StudyPath } from '../grammar/tables.js';

/** Names of the channels, by their number. */
export const CHANNEL_NAMES: Readonly<Record<number, readonly string[]>> = { 1: ['grey'], 3: ['r', 'g', 'b'] };

/** Rows of a table that names files. */
export interface NamedImages {
  readonly ids: readonly string[];
  /** Names of files in the folder of the study file's entry; '' for a subject without a file. */
  readonly names: readonly string[];
  readonly tables: readonly TableReport[];
}

/** Reads the names of files. @throws InputError `duplicate-id`, and what reading tables throws */
export async function namedImages(file: StudyFile, config: ImageFilesConfig, at: StudyPath): Promise<NamedImages> {
  const { path: column } = config;
  const sources = await readSources(file, config.table, { form: config, at, texts: [column] });
  const ids = sources.flatMap(({ names }) => names);
  checkUnique(file, ids, [...at, 'table']);
  return {
    ids,
    names: sources.flatMap(({ table }) => table.texts(column)),
    tables: sources.map(({ table }) => ({ file: table.path, rows: table.rows })),
  };
}

export function sourceOfImages(
  { size, channels }: ImageFilesConfig,
  { ids, tables }: NamedImages,
  { heights, widths, unusable, values, present }: ImageRows,
): ArraySource {
  return {
    ids,
    regularArray: { kind: 'image', ...size },
    channels: CHANNEL_NAMES[channels === 'grey' ? 1 : 3],
    values: 'read' in values ? values : { ...values, ...(present.includes(0) && { present }) },
    tables,
    report: {
      heights,
      widths,
      unusable: unusable.map(({ row, code, reason }) => ({ id: ids[row], code, reason })),
    },
  };
}
