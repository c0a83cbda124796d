// Reads the batches of a study file (`batch`), of each modality or of all.

import type { Batches } from '../../data/batches.js';
import type { ModalityScales } from '../../data/dataset.js';
import { InputError } from '../../errors/errors.js';
import type { BatchConfig } from '../grammar/causes.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { StudyPath } from '../grammar/tables.js';
import { readColumn, type ColumnPlace, type SingleColumn } from './single-column.js';

/** Batches after their table was read. */
export interface ReadBatches extends Batches {
  /** Place of `batch` in the study file. */
  readonly at: StudyPath;
  readonly config: BatchConfig;
  /** Returns the position of the batch of a subject, NaN if it has none. */
  readonly batchOf: (id: string) => number;
}

interface ReadBatchesOptions extends Pick<ColumnPlace, 'rows' | 'recordings'> {
  /** Names of the modalities to read. */
  readonly names: readonly string[];
  /** Scales of a fitted model, whose batches these are. */
  readonly scales: readonly ModalityScales[] | undefined;
}

/**
 * Returns the batches of each modality, undefined for one without.
 *
 * @throws InputError with the place in the study file: what `readColumn` throws; `missing-batch` if the study names no
 *   table with the batches of a fitted model; `unknown-level` if a fitted model does not know a batch
 */
export async function readBatches(
  file: StudyFile,
  { names, scales, rows, recordings }: ReadBatchesOptions,
): Promise<(ReadBatches | undefined)[]> {
  const read = new Map<string, SingleColumn>();
  const batches: (ReadBatches | undefined)[] = [];
  for (const [i, name] of names.entries()) {
    const { at, config } = batchOf(file, name);
    const fitted = scales?.[i].batches;
    if (scales ? !fitted : !config) {
      batches.push(undefined);
      continue;
    }
    if (!config) throw missingBatch(file, name, fitted!);
    const levels = fitted?.levels ?? 'any';
    const key = JSON.stringify([at, levels]);
    const column = read.get(key) ?? (await readColumn(file, config, { at, levels, rows, recordings }));
    read.set(key, column);
    batches.push({
      ...{ at, config, column: config.column, levels: column.levels ?? [], batchOf: column.valueOf },
      ...(fitted?.causes && { causes: fitted.causes }),
    });
  }
  return batches;
}

/** Returns the `batch` that holds for a modality, with its place. */
function batchOf(file: StudyFile, name: string): { at: StudyPath; config: BatchConfig | undefined } {
  const modality = file.config.modalities[name];
  const ofModality = 'batch' in modality ? modality.batch : undefined;
  if (ofModality) return { at: ['modalities', name, 'batch'], config: ofModality };
  return { at: ['batch'], config: file.config.batch };
}

function missingBatch(file: StudyFile, modality: string, { column }: Batches): InputError {
  return new InputError(
    'missing-batch',
    `${file.locate(['modalities', modality])}: the model removes the effect of '${column}' from '${modality}', so ` +
      `new subjects need it, too; write batch: { table: FILE, column: ${column} }. An empty cell ` +
      'stands for an average one',
    { modality, column },
  );
}
