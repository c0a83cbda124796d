// The tables of a modality of any kind, and their places in the study file.

import { ARRAY_KINDS } from '../../data/regular-array.js';
import { arrayKeysOf, kindOf } from '../grammar/array-keys.js';
import type { ModalityConfig } from '../grammar/schema.js';
import type { TableForm } from './subject-rows.js';
import type { StudyPath, TableConfig } from '../grammar/tables.js';

export interface ModalityTables {
  /** Empty for images in an array, which have no table. */
  readonly table: TableConfig['table'];
  /** Place of `table` in the modality. */
  readonly at: StudyPath;
  readonly form: TableForm;
}

export function tableOf(config: ModalityConfig): ModalityTables {
  if ('table' in config) return { table: config.table, at: [], form: config };
  const { source } = arrayKeysOf(config);
  return { table: source.table ?? [], at: [ARRAY_KINDS[kindOf(config)].plural], form: source };
}
