// Report of a study: sizes, losses with their reasons, ranges. Counts are numbers of subjects unless they say rows.

import type { CauseScales } from '../../data/causes.js';
import type { Outcome } from '../../data/outcomes.js';
import type { Transform } from '../../data/dataset.js';
import type { Pattern } from '../../data/presence.js';
import type { ArrayKind } from '../../data/regular-array.js';
import type { ColumnKind } from '../../likelihoods/kinds.js';
import type { OmissionAdvice } from './advice.js';
import type { Identification } from './design.js';
import type { CensoredColumn } from '../grammar/cells.js';
import type { AdjustedColumn } from '../grammar/codes.js';

export interface TableReport {
  readonly file: string;
  readonly rows: number;
}

export interface ColumnReport {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Mean of the observed training values before any logarithm; for levels, of their positions. */
  readonly mean: number;
  readonly sd: number;
  readonly skewness: number;
  readonly logged: boolean;
  /** The same statistics after the modality's transform, as the model sees the values; left out without a transform. */
  readonly transformed?: Pick<ColumnReport, 'min' | 'max' | 'mean' | 'sd' | 'skewness'> | undefined;
  /** Left out for gaussian columns. */
  readonly kind?: ColumnKind | undefined;
  /** Levels of the column, whose values are positions in this list. */
  readonly levels?: readonly string[] | undefined;
  /** Likely kind of a column of numbers without a kind (`KindGuess`). `ordinal` may also be categorical. */
  readonly likely?: ColumnKind | undefined;
}

/**
 * Values of a column that lie more than 10 robust standard deviations from its median, both of the training split. If
 * most values are equal, the scale is that of the remaining values.
 */
export interface OutlierReport {
  readonly column: string;
  /** Number of subjects with such a value. */
  readonly subjects: number;
  /** Farthest value, as in the table. */
  readonly largest: number;
  /**
   * Distance of that value from the median in robust standard deviations, after transform, logarithm and adjustment.
   */
  readonly distance: number;
  /** Value of at least half of the training subjects, as in the table; left out if there is none. */
  readonly mostly?: number | undefined;
}

/** Columns that were read and left out. */
export interface LeftOutColumns {
  /** Columns that are empty or constant on the training split (`constant: omit`). */
  readonly constant: readonly string[];
  /** Columns with fewer than ten values in the training split (`constant: omit`). */
  readonly few: readonly string[];
  /** Columns that are missing in too many subjects (`maxMissing`). */
  readonly missing: readonly string[];
  /** Columns that the `filter` leaves out. */
  readonly filtered: readonly string[];
}

/** What the counts of a modality are relative to. */
export interface SizeReport {
  /** A column, or `total`; left out if the study has no size but the totals differ so much that it could. */
  readonly of?: string | undefined;
  /** Ratio of the 90 % quantile to the 10 % quantile of the training subjects' sizes. */
  readonly spread: number;
}

/** Batches whose effect is removed from the columns of a modality. */
export interface BatchReport {
  readonly column: string;
  /** Batches with their numbers of subjects with the modality. */
  readonly levels: readonly { readonly level: string; readonly subjects: number; readonly training: number }[];
  /** Number of subjects that are left out because they have the modality and no batch. */
  readonly lacking: number;
  /**
   * Causes with one value in each batch, whose effect on this modality is not identifiable. Left out without any.
   */
  readonly same?: readonly string[] | undefined;
  /**
   * Other causes with a difference between levels that is nearly one between batches, and the share of its variance
   * within batches. Left out if there are none.
   */
  readonly nearlySame?: readonly { readonly cause: string; readonly within: number }[] | undefined;
}

/** A file that could not be used; its subject lacks the modality. */
export interface UnusableFile {
  readonly id: string;
  readonly code: string;
  /** Message of the error, which names the file. */
  readonly reason: string;
}

/** Report of images or series. */
export interface ArrayReport {
  readonly kind: ArrayKind;
  /** Height and width in pixels for images; number of steps for series. */
  readonly shape: readonly number[];
  /** Seconds of a step. */
  readonly seconds?: number | undefined;
  /** Minimum and maximum height of the files in pixels, before they were resized. */
  readonly heights?: readonly [number, number] | undefined;
  /** The same for their width. */
  readonly widths?: readonly [number, number] | undefined;
  /** Number of recordings, with the minimum and maximum of their steps. */
  readonly recordings?: { readonly count: number; readonly steps: readonly [number, number] } | undefined;
  /** Number of windows with too few values. */
  readonly sparse?: number | undefined;
  readonly unusable: readonly UnusableFile[];
  /** Share of missing values in subjects with the modality. */
  readonly missing: number;
}

export interface ModalityReport {
  readonly name: string;
  /** Transform of the modality; left out if there is none. */
  readonly transform?: Transform['kind'] | undefined;
  readonly latents: number;
  readonly exogenous: number;
  /** Stacked files of each joined part. */
  readonly tables: readonly (readonly TableReport[])[];
  /** Number of subjects after stacking each part. */
  readonly stacked: readonly number[];
  /** Number of subjects in all parts. */
  readonly joined: number;
  /** Columns left out because no cell is a number. */
  readonly textColumns: readonly string[];
  /** Number of rows that `where` leaves out. */
  readonly filtered: number;
  /** Number of subjects of the data set that `where` did not check, because the modality has no row of them. */
  readonly unchecked?: number | undefined;
  /** Number of subjects that are left out because they have fewer rows than `repeats.minRows`. */
  readonly few: number;
  /** Columns with answers to skipped questions or values beyond the limits of measurement, in this modality's rows. */
  readonly adjusted: readonly AdjustedColumn[];
  /** Cells with a value beyond a limit (`<0.5`), by column; left out if there are none. */
  readonly censored?: readonly CensoredColumn[] | undefined;
  /** Description of how subjects are identified; left out for a plain column with a name. */
  readonly id?: string | undefined;
  /** Number of subjects of other modalities that have no value of this one. */
  readonly absent: number;
  /** Number of subjects that lack a value, among those with the modality (`missing: drop`: with all modalities). */
  readonly incomplete: number;
  /** Number of these subjects that count as without the modality, because its transform (cpm, clr) needs all values. */
  readonly discarded: number;
  /** Number of the same subjects that lack each column, largest first. A subject may count for several columns. */
  readonly missing: readonly { readonly column: string; readonly subjects: number }[];
  readonly columns: readonly ColumnReport[];
  readonly leftOut: LeftOutColumns;
  /** Images and series only; `columns` are their channels. */
  readonly regularArray?: ArrayReport | undefined;
  /** Left out if no batch is removed. */
  readonly batches?: BatchReport | undefined;
  /** Left out if the modality has no counts. */
  readonly size?: SizeReport | undefined;
  /** Outliers, farthest first. */
  readonly outliers: readonly OutlierReport[];
  /** Pairs of columns that are equal after standardisation. */
  readonly duplicates: readonly (readonly [string, string])[];
}

/** How a covariate enters the regression of `adjust`. */
export interface CovariateReport {
  readonly column: string;
  readonly shape: 'levels' | 'line' | 'spline';
  /** Number of columns of the regression: levels, 1 for a line, knots − 1 for a spline. */
  readonly terms: number;
}

/** A cause, and the subjects that it leaves out. */
export interface CauseReport extends Pick<
  CauseScales,
  'name' | 'kind' | 'assigned' | 'effect' | 'reference' | 'targets'
> {
  /** Levels of a categorical or ordered cause; the first is the reference of a categorical one. */
  readonly levels?:
    | readonly { readonly level: string; readonly subjects: number; readonly training: number }[]
    | undefined;
  /** Minimum and maximum of a number. */
  readonly range?: readonly [number, number] | undefined;
  /** Number of terms that the prior of the latents reads. */
  readonly terms: number;
  /** Number of subjects that are left out because they have no value. */
  readonly missing: number;
  /** Levels that are left out because too few subjects have them. */
  readonly rare: readonly { readonly level: string; readonly subjects: number }[];
}

/** An outcome. Numbers count subjects of the data set. */
export interface OutcomeReport {
  readonly name: string;
  readonly kind: Outcome['kind'];
  /** The column, or the columns of time and event. */
  readonly columns: readonly string[];
  /** Number of subjects with the outcome. */
  readonly subjects: number;
  /** Number of subjects with the event. */
  readonly events?: number | undefined;
  readonly followUp?: { readonly median: number; readonly max: number } | undefined;
  /** Left out for numbers, and for more than 200 levels. */
  readonly levels?: readonly { readonly level: string; readonly subjects: number }[] | undefined;
  /** Minimum and maximum of a number. */
  readonly range?: readonly [number, number] | undefined;
  /** Covariates of its tests. */
  readonly adjust?: readonly string[] | undefined;
  /** Number of subjects with the outcome that lack a covariate. */
  readonly lacking?: number | undefined;
  /** Modalities whose latents are not tested, because they were made from the outcome or a copy of it. */
  readonly measuredIn?: readonly string[] | undefined;
}

/** Association of a cause with a batch, a covariate, or another cause. */
export interface OverlapReport {
  readonly cause: string;
  readonly kind: 'batch' | 'covariate' | 'cause';
  /** Column of the batch or the covariate, or name of the other cause. */
  readonly with: string;
  /** From 0, independent, to 1, the same division of the subjects: Cramér's V, or a correlation (`association`). */
  readonly association: number;
}

/** Subjects that the key `cohort` leaves out. */
export interface CohortReport {
  /** Number of subjects in any modality. */
  readonly candidates: number;
  /** Number of them in the cohort. */
  readonly subjects: number;
  /** Number of candidates that the table of the cohort does not have. */
  readonly absent: number;
  readonly rules: readonly {
    /** For example `RIDAGEYR from 18`. */
    readonly rule: string;
    /** Number of candidates in the table that do not meet the rule. */
    readonly alone: number;
    /** The same, among those that meet all earlier rules. */
    readonly inOrder: number;
  }[];
}

/** The sampling design of a survey. Counts are about the subjects of the data set. */
export interface SurveyReport {
  /** Columns of weight, stratum, and unit. */
  readonly weight: string;
  readonly stratum?: string | undefined;
  readonly unit?: string | undefined;
  readonly variance: 'jackknife' | 'linearised' | 'replicates';
  /** Number of people in the whole sample, of which the subjects are a part. */
  readonly sampled: number;
  /** Number of subjects with a weight. */
  readonly subjects: number;
  /** Number of subjects without a weight, whom figures and tests of the survey leave out. */
  readonly lacking: number;
  readonly strata: number;
  readonly units: number;
  /** Number of these strata with one sampled unit. */
  readonly lonely: number;
  /** Degrees of freedom of tests: units − strata. */
  readonly degrees: number;
  /** Number of equally weighted subjects whose mean has the same variance (Kish). */
  readonly effective: number;
}

/** The groups that are compared after a fit. Numbers count subjects of the data set. */
export interface SubgroupsReport {
  readonly column: string;
  readonly groups: readonly { readonly name: string; readonly subjects: number }[];
  /** Number of subjects in no group. */
  readonly without: number;
  /** Covariates for which comparisons are adjusted. */
  readonly adjust?: readonly string[] | undefined;
  /** Number of subjects in a group that lack a covariate. */
  readonly lacking?: number | undefined;
  /** Modalities that have the column of the groups. */
  readonly measuredIn?: readonly string[] | undefined;
}

export interface Inspection {
  readonly study: string;
  /** `keep` if subjects that lack a value are in the data set. */
  readonly missing: 'keep' | 'drop';
  /** Absent in a study without `cohort`. Other counts are about its subjects. */
  readonly cohort?: CohortReport;
  /** Number of subjects in any modality. */
  readonly known: number;
  /** Number of subjects in every modality. */
  readonly shared: number;
  /** Number of subjects of the data set. */
  readonly subjects: number;
  /** Number of them without a missing value, which are all that `missing: drop` retains. */
  readonly complete: number;
  /** Number of subjects without a value in any modality, which are left out. */
  readonly empty: number;
  /** Numbers of subjects by the modalities that they have, largest first. */
  readonly patterns: readonly Pattern[];
  /** Number of groups; absent in a study without `group`. */
  readonly groups?: number;
  /** Covariates; absent in a study without `adjust`. */
  readonly adjusted?: {
    readonly columns: readonly string[];
    readonly terms: readonly CovariateReport[];
    /** Number of subjects that are left out because they lack a covariate. */
    readonly lacking: number;
  };
  /** Causes; absent in a study without `causes`. */
  readonly causes?: readonly CauseReport[];
  /** Absent in a study without `causes`. */
  readonly overlaps?: readonly OverlapReport[];
  /** Absent in a study without `survey`. */
  readonly survey?: SurveyReport;
  /** Absent in a study without `outcomes`. */
  readonly outcomes?: readonly OutcomeReport[];
  /** Absent in a study without `subgroups`. */
  readonly subgroups?: SubgroupsReport;
  /** Absent if the study is read for a fitted model. */
  readonly identification?: Identification;
  /** Columns to omit to regain subjects that lack a value, step by step; empty with `missing: keep`. */
  readonly advice: readonly OmissionAdvice[];
  readonly split: { readonly train: number; readonly validation: number; readonly test: number };
  readonly modalities: readonly ModalityReport[];
}
