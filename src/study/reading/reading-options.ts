// Options of reading a study. They have a separate file so that the main thread does not import the readers.

import type { OptionShapes } from '../../errors/argument.js';
import type { CauseScales } from '../../data/causes.js';
import type { ModalityScales } from '../../data/dataset.js';
import type { MemoryTable } from '../../files/memory-table.js';

/** Number of files of a modality that have been read, or of columns of its tables that have been standardised. */
export interface ReadingProgress {
  readonly modality: string;
  readonly step: 'files' | 'columns';
  readonly done: number;
  readonly total: number;
}

/** Receives the number of finished files or columns, and of all of them. */
export type ReportDone = (done: number, total: number) => void;

export interface ReadStudyOptions {
  /**
   * Scales of a fitted model, in the order of its modalities (`model.columnScales`). They replace the scales of the
   * study: the same modalities and columns are encoded with them, and the study's split does not matter.
   */
  readonly scales?: readonly ModalityScales[];
  /**
   * With `scales`: causes of the fitted model, which are read with their levels and terms. Subjects without a value of
   * one, or with a level that the model does not know, are left out. Default: no causes are read, because encoders do
   * not need them.
   */
  readonly causes?: readonly CauseScales[] | undefined;
  /** With `causes`: keeps subjects whose causes are not known; their values are NaN. Default: false. */
  readonly keepUnknownCauses?: boolean | undefined;
  /** With `scales`: leaves out modalities of the model that the study lacks. Default: such a modality is an error. */
  readonly partial?: boolean;
  /** Keeps the columns as they were read, in addition to the data set. Default: false. */
  readonly keepTables?: boolean;
  /** Called while the files of modalities are read, and while the columns of tables are standardised. */
  readonly onProgress?: (progress: ReadingProgress) => void;
  /**
   * Tables in memory, by the name that the study file has instead of a path: Arrow tables or record batches, or columns
   * by name. Columns of numbers are not copied (docs/reference/files.md).
   */
  readonly tables?: Readonly<Record<string, MemoryTable>>;
  /** Values for `${NAME}` in paths of tables. Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export const READ_STUDY_OPTIONS: OptionShapes<ReadStudyOptions> = {
  scales: [{ name: 'text', columns: [{}] }],
  causes: [{ name: 'text', terms: [{}] }],
  keepUnknownCauses: 'boolean',
  partial: 'boolean',
  keepTables: 'boolean',
  onProgress: 'function',
  tables: {},
  environment: {},
};
