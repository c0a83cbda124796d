// Reads a modality of a study in two steps. First its files are read, so that all modalities can be joined. Then its
// values are standardised and reported for the subjects of the join.

import type { Modality, ModalityScales, Split } from '../../data/dataset.js';
import type { RawColumn } from '../../data/kinds.js';
import type { Adjustment } from './fit-scales.js';
import type { BatchAdjustment } from './subject-batches.js';
import type { ModalityReport } from '../inspection/inspection.js';
import type { GapRules, Losses } from './join-subjects.js';
import type { ModalityTable } from './modality-table.js';
import type { ReportDone } from './reading-options.js';

/** Scales of a fitted model, and a listener. */
export interface ReadOptions {
  readonly scales: GivenScales;
  /** Called for each file that is read. */
  readonly onProgress: ReportDone;
}

/** A modality after the join. */
export interface Joined {
  readonly ids: readonly string[];
  readonly split: Split;
  /** Table without the columns that too many subjects lack. */
  readonly table: ModalityTable;
  readonly losses: Losses;
  /** Row of each subject in the table; −1 where the subject has no value. */
  readonly rows: Int32Array;
  readonly adjustment: Adjustment | undefined;
  /** Batches of the subjects. */
  readonly batches: BatchAdjustment | undefined;
  /** Called for each column that is standardised. */
  readonly onColumn?: ReportDone | undefined;
}

export interface Finished {
  readonly modality: Modality;
  readonly report: ModalityReport;
  /** Tables only: returns the columns as they were read, for the subjects. */
  readonly columns: (() => readonly RawColumn[]) | undefined;
}

/** A modality after its files were read. */
export interface ReadModality {
  readonly table: ModalityTable;
  readonly rules: GapRules;
  /** Recording of each subject that is a window. */
  readonly recordings?: ReadonlyMap<string, string> | undefined;
  readonly finish: (joined: Joined) => Finished | Promise<Finished>;
}

/** Scales of a fitted model, with which a modality is encoded. */
export type GivenScales = ModalityScales | undefined;

/** Returns the part of the report that all kinds of modalities have. */
export function tableReport(
  { name, tables, stacked, ids, textColumns, filtered, few, adjusted, censored, id }: ModalityTable,
  { latents, exogenous }: Pick<Modality, 'latents' | 'exogenous'>,
): Pick<
  ModalityReport,
  | 'name'
  | 'latents'
  | 'exogenous'
  | 'tables'
  | 'stacked'
  | 'joined'
  | 'textColumns'
  | 'filtered'
  | 'few'
  | 'adjusted'
  | 'censored'
  | 'id'
> {
  return {
    name,
    latents,
    exogenous,
    tables,
    stacked,
    joined: ids.length,
    textColumns,
    filtered,
    few,
    adjusted,
    ...(censored.length > 0 && { censored }),
    ...(id !== undefined && { id }),
  };
}
