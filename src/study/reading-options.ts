// What a study is read with; apart from the reading, so that the main thread imports none of that.

import type { OptionShapes } from '../argument.js';
import type { ModalityScales } from '../data/dataset.js';
import type { MemoryTable } from '../files/memory-table.js';

/** How many files of a modality have been read. */
export interface ReadingProgress {
  readonly modality: string;
  readonly done: number;
  readonly total: number;
}

export interface ReadStudyOptions {
  /**
   * Scales of a fitted model, in its order (`model.columnScales`): the same modalities and columns are encoded with
   * them, whatever the study's parts.
   */
  readonly scales?: readonly ModalityScales[];
  /** With `scales`: modalities of the model that the study does not have are left out. Default: they are an error. */
  readonly partial?: boolean;
  /** The study keeps its columns as they were read, beside the data set. Default: false. */
  readonly keepTables?: boolean;
  /** Told as images and recordings are read. */
  readonly onProgress?: (progress: ReadingProgress) => void;
  /**
   * Tables in memory, by the name that stands in the study file instead of a path: Arrow tables or record batches, or
   * columns by name. Columns of numbers are not copied (docs/reference/files.md).
   */
  readonly tables?: Readonly<Record<string, MemoryTable>>;
  /** Values for `${NAME}` in table paths; the process's environment by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export const READ_STUDY_OPTIONS: OptionShapes<ReadStudyOptions> = {
  scales: [{ name: 'text', columns: [{}] }],
  partial: 'boolean',
  keepTables: 'boolean',
  onProgress: 'function',
  tables: {},
  environment: {},
};
