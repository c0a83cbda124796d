// What a study holds: sizes, losses and their reasons, ranges. Counts are subjects unless they say rows.

import type { OmissionAdvice } from './advice.js';
import type { CensoredColumn } from './cells.js';
import type { AdjustedColumn } from './codes.js';

/** A file of the study. */
export interface TableReport {
  readonly file: string;
  readonly rows: number;
}

export interface ColumnReport {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Of the training part, before any logarithm. */
  readonly mean: number;
  readonly sd: number;
  readonly skewness: number;
  readonly logged: boolean;
}

/** Values of a column that lie more than 10 robust standard deviations from its median, both of the training part. */
export interface OutlierReport {
  readonly column: string;
  /** How many have such a value. */
  readonly subjects: number;
  /** The farthest value, as the table has it. */
  readonly largest: number;
  /** Its distance from the median in robust standard deviations, after transform, logarithm and adjustment. */
  readonly distance: number;
}

/** Columns that were read and left out. */
export interface LeftOutColumns {
  /** Empty, or constant on the training part (`constant: omit`). */
  readonly constant: readonly string[];
  /** Missing in too many subjects (`maxMissing`). */
  readonly missing: readonly string[];
  /** Not among the first of the `filter`. */
  readonly filtered: readonly string[];
}

export interface ModalityReport {
  readonly name: string;
  readonly latents: number;
  readonly exogenous: number;
  /** The stacked files of each joined part. */
  readonly tables: readonly (readonly TableReport[])[];
  /** Subjects after stacking each part. */
  readonly stacked: readonly number[];
  /** Subjects in all parts. */
  readonly joined: number;
  /** Columns left out because no cell is a number. */
  readonly textColumns: readonly string[];
  /** Rows left out by `where`. */
  readonly filtered: number;
  /** Subjects left out because they have fewer rows than `repeats.least`. */
  readonly few: number;
  /**
   * Columns with answers for skipped questions, and with values beyond the limits of measurement; of this modality's
   * rows.
   */
  readonly adjusted: readonly AdjustedColumn[];
  /** Cells of the files that stand for a value beyond a limit (`<0.5`), by column; left out where there are none. */
  readonly censored?: readonly CensoredColumn[] | undefined;
  /** How a subject is told, where it is more than a column with a name. */
  readonly id?: string | undefined;
  /** Subjects of other modalities that this one does not have. */
  readonly absent: number;
  /** Subjects of all modalities that lack a value here. */
  readonly incomplete: number;
  /** By column, the subjects of all modalities that lack it, most first; one subject may count in several columns. */
  readonly missing: readonly { readonly column: string; readonly subjects: number }[];
  readonly columns: readonly ColumnReport[];
  readonly leftOut: LeftOutColumns;
  /** Farthest first. */
  readonly outliers: readonly OutlierReport[];
  /** Pairs of columns that are equal after standardisation. */
  readonly duplicates: readonly (readonly [string, string])[];
}

export interface Inspection {
  readonly study: string;
  /** Subjects that any modality knows. */
  readonly known: number;
  /** Subjects that every modality knows. */
  readonly shared: number;
  /** Subjects without a missing value: those of the data set. */
  readonly subjects: number;
  /** Groups of subjects that stay together; absent in a study without `group`. */
  readonly groups?: number;
  /** What is adjusted for, and how many shared subjects lack some of it; absent in a study without `adjust`. */
  readonly adjusted?: { readonly columns: readonly string[]; readonly lacking: number };
  /** Columns to omit to win back subjects that lack a value, step by step. */
  readonly advice: readonly OmissionAdvice[];
  readonly parts: { readonly train: number; readonly validation: number; readonly test: number };
  readonly modalities: readonly ModalityReport[];
}
