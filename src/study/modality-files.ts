// Where a modality's files stand in the study file, whatever it is read from.

import type { ModalityConfig } from './schema.js';
import type { TableForm } from './subject-rows.js';
import type { StudyPath, TableConfig } from './tables.js';

/** The tables of a modality. */
export interface ModalityTables {
  /** Empty where there is none: images in arrays. */
  readonly table: TableConfig['table'];
  /** Where `table` stands in the modality. */
  readonly at: StudyPath;
  readonly form: TableForm;
}

export function tableOf(config: ModalityConfig): ModalityTables {
  if ('table' in config) return { table: config.table, at: [], form: config };
  if ('series' in config) return { table: config.series.table, at: ['series'], form: config.series };
  return { table: config.images.table ?? [], at: ['images'], form: config.images };
}
