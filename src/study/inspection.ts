// What a study holds: sizes, losses and their reasons, ranges. Counts are subjects unless they say rows.

import type { Transform } from '../data/dataset.js';
import type { Pattern } from '../data/presence.js';
import type { ColumnKind } from '../likelihoods/index.js';
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
  /** Of the observed values of the training split, before any logarithm. Of levels: of their positions. */
  readonly mean: number;
  readonly sd: number;
  readonly skewness: number;
  readonly logged: boolean;
  /** The same figures after the modality's transform, which are what the model sees; left out without a transform. */
  readonly transformed?: Pick<ColumnReport, 'min' | 'max' | 'mean' | 'sd' | 'skewness'> | undefined;
  /** Left out of columns that are gaussian. */
  readonly kind?: ColumnKind | undefined;
  /** Of columns with levels, whose numbers are positions of these. */
  readonly levels?: readonly string[] | undefined;
  /** What a column of numbers that has no kind looks like: `ordinal` may be categorical as well. */
  readonly likely?: 'binary' | 'ordinal' | 'count' | undefined;
}

/**
 * Values of a column that lie more than 10 robust standard deviations from its median, both of the training split. If
 * most values are equal, the scale is that of the others.
 */
export interface OutlierReport {
  readonly column: string;
  /** How many have such a value. */
  readonly subjects: number;
  /** The farthest value, as the table has it. */
  readonly largest: number;
  /** Its distance from the median in robust standard deviations, after transform, logarithm and adjustment. */
  readonly distance: number;
  /** The value that at least half of the training subjects have, as the table has it; left out if there is none. */
  readonly mostly?: number | undefined;
}

/** Columns that were read and left out. */
export interface LeftOutColumns {
  /** Empty, or constant on the training split (`constant: omit`). */
  readonly constant: readonly string[];
  /** With fewer than ten values in the training split (`constant: omit`). */
  readonly few: readonly string[];
  /** Missing in too many subjects (`maxMissing`). */
  readonly missing: readonly string[];
  /** Not among the first of the `filter`. */
  readonly filtered: readonly string[];
}

/** What the counts of a modality are relative to. */
export interface SizeReport {
  /** A column, or `total`; left out where the study gives no size and the totals are so far apart that it might. */
  readonly of?: string | undefined;
  /** 90 % quantile of the training subjects' sizes over their 10 % quantile. */
  readonly spread: number;
}

/** A file that could not be used; its subject lacks the modality. */
export interface UnusableFile {
  readonly id: string;
  readonly code: string;
  /** The error, which names the file. */
  readonly reason: string;
}

/** How images or series were read. */
export interface ArrayReport {
  readonly kind: 'image' | 'series';
  /** Of an image height and width in pixels, of a series steps. */
  readonly shape: readonly number[];
  /** Of a step. */
  readonly seconds?: number | undefined;
  /** Of files, before they were brought to the shape: least and most pixels. */
  readonly heights?: readonly [number, number] | undefined;
  readonly widths?: readonly [number, number] | undefined;
  /** How many there are, and how many steps they have, least and most. */
  readonly recordings?: { readonly count: number; readonly steps: readonly [number, number] } | undefined;
  /** Windows that have too few values. */
  readonly sparse?: number | undefined;
  readonly unusable: readonly UnusableFile[];
  /** The share of values that subjects with the modality lack. */
  readonly missing: number;
}

export interface ModalityReport {
  readonly name: string;
  /** The transform that the study asks for; left out where there is none. */
  readonly transform?: Transform['kind'] | undefined;
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
  /** Subjects left out because they have fewer rows than `repeats.minRows`. */
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
  /** Subjects of other modalities that this one does not have, or has no value of. */
  readonly absent: number;
  /** Subjects that lack some value here: of those who have the modality (`missing: drop`: who have all of them). */
  readonly incomplete: number;
  /** How many of them count as without the modality, because its transform (cpm, clr) needs all values of a subject. */
  readonly discarded: number;
  /** By column, how many of the same subjects lack it, most first; one subject may count in several columns. */
  readonly missing: readonly { readonly column: string; readonly subjects: number }[];
  readonly columns: readonly ColumnReport[];
  readonly leftOut: LeftOutColumns;
  /** Of images and series; `columns` are their channels. */
  readonly regularArray?: ArrayReport | undefined;
  /** Left out without counts. */
  readonly size?: SizeReport | undefined;
  /** Farthest first. */
  readonly outliers: readonly OutlierReport[];
  /** Pairs of columns that are equal after standardisation. */
  readonly duplicates: readonly (readonly [string, string])[];
}

/** How a covariate enters the regression that `adjust` takes out of the columns. */
export interface CovariateReport {
  readonly column: string;
  readonly shape: 'levels' | 'line' | 'spline';
  /** Columns of the regression: levels, 1 of a line, of a spline all but one of its knots. */
  readonly terms: number;
}

export interface Inspection {
  readonly study: string;
  /** Whether subjects that lack a value are in the data set. */
  readonly missing: 'keep' | 'drop';
  /** Subjects that any modality knows. */
  readonly known: number;
  /** Subjects that every modality knows. */
  readonly shared: number;
  /** Those of the data set. */
  readonly subjects: number;
  /** Those of them without a missing value: all that `missing: drop` leaves. */
  readonly complete: number;
  /** Subjects without a value in any modality, who are left out. */
  readonly empty: number;
  /** The subjects of the data set by the modalities that they have, most first. */
  readonly patterns: readonly Pattern[];
  /** Groups of subjects that stay together; absent in a study without `group`. */
  readonly groups?: number;
  /**
   * What is adjusted for, and how many subjects are left out because they lack some of it; absent in a study without
   * `adjust`.
   */
  readonly adjusted?: {
    readonly columns: readonly string[];
    /** How each of them enters the regression. */
    readonly terms: readonly CovariateReport[];
    readonly lacking: number;
  };
  /** Columns to omit to win back subjects that lack a value, step by step; none where these are kept. */
  readonly advice: readonly OmissionAdvice[];
  readonly parts: { readonly train: number; readonly validation: number; readonly test: number };
  readonly modalities: readonly ModalityReport[];
}
