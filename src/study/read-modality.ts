// A modality of a study in two steps: what it is read from, which all modalities are joined by; then its values and a
// report of them, for the subjects that the join leaves.

import type { Modality, ModalityScales, Split } from '../data/dataset.js';
import type { RawColumn } from '../data/kinds.js';
import type { Adjustment } from './fit-scales.js';
import type { ModalityReport } from './inspection.js';
import type { GapRules, Losses } from './join-subjects.js';
import type { ModalityTable } from './modality-table.js';

/** What the join makes of a modality. */
export interface Joined {
  readonly ids: readonly string[];
  readonly split: Split;
  /** Without the columns that too many subjects lack. */
  readonly table: ModalityTable;
  readonly losses: Losses;
  /** The row of each subject in the table; −1 where the subject has no value. */
  readonly rows: Int32Array;
  readonly adjustment: Adjustment | undefined;
}

export interface Finished {
  readonly modality: Modality;
  readonly report: ModalityReport;
  /** Columns as they were read, for the subjects; of a table. */
  readonly columns: (() => readonly RawColumn[]) | undefined;
}

/** A modality that was read. */
export interface ReadModality {
  readonly table: ModalityTable;
  readonly rules: GapRules;
  /** The recordings of the subjects that are windows. */
  readonly recordings?: ReadonlyMap<string, string> | undefined;
  readonly finish: (joined: Joined) => Finished | Promise<Finished>;
}

/** Scales of a fitted model, which a modality is brought to. */
export type GivenScales = ModalityScales | undefined;

/** What is said of every modality's table. */
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
