// The input of a fit: several modalities of the same subjects, aligned by id and standardised on the training split.

import type { ColumnKind } from '../likelihoods/kinds.js';
import type { Augmentation } from './augmentation.js';
import type { BatchEffects, Batches } from './batches.js';
import type { Cause } from './causes.js';
import type { RegularArray } from './regular-array.js';
import type { StoredValues } from './stored.js';
import type { SplineTerm } from './natural-spline.js';
import type { NetworkConfig } from './network.js';
import type { Ranks } from './ranks.js';

/**
 * How a column is standardised to mean 0 and sd 1. A transformed value x becomes
 * `x' = (winsorised(adjusted(withoutBatch(log ? ln(x + offset) : x))) − mean) / sd`.
 */
export interface ColumnScale {
  readonly name: string;
  readonly log: boolean;
  readonly offset: number;
  readonly mean: number;
  readonly sd: number;
  /** Training values of the column, for the transform `rank`. */
  readonly ranks?: Ranks | undefined;
  /** What each batch of the modality does to the column. It is removed. */
  readonly batches?: BatchEffects | undefined;
  /** Slope of each covariate of the modality. The effects are subtracted. */
  readonly slopes?: readonly number[] | undefined;
  /** Values outside these limits are set to the limit (winsorised). */
  readonly limits?: { readonly lower: number; readonly upper: number } | undefined;
  /** Kind of the column: its distribution, or `size`. `gaussian` when left out. */
  readonly kind?: ColumnKind | undefined;
  /** Marks the size that is not a column of the table but the total of the counts, see `countTotals`. */
  readonly total?: true | undefined;
  /** Name of the column of levels that this value is one entry of. */
  readonly of?: string | undefined;
  /** Position of the level of `of` that a value of 1 says is present or, if levels have an order, reached. */
  readonly level?: number | undefined;
}

/** The transform of a modality with its constants from the training split. */
export type Transform =
  | { readonly kind: 'log1p' | 'rank' }
  | { readonly kind: 'arcsinh'; readonly cofactor: number }
  /** log2((x + p) / (total + 2 p) · 10⁶), p = 2 · total / meanTotal, the total over the columns `over`. */
  | { readonly kind: 'cpm'; readonly over: readonly string[]; readonly meanTotal: number }
  /** ln x minus its mean over the columns `over`. A value of 0 is replaced by `zero`. */
  | { readonly kind: 'clr'; readonly over: readonly string[]; readonly zero: number };

/**
 * A covariate or a function of it, standardised on the training split: `(value − mean) / sd`. The value is the
 * covariate itself, a term of its spline, or 1 for subjects with the level and 0 without it.
 */
export interface CovariateTerm {
  readonly column: string;
  /** Present for a categorical covariate. */
  readonly level?: string | undefined;
  /** Present for a curved term, which is used in addition to the covariate itself. */
  readonly spline?: SplineTerm | undefined;
  readonly mean: number;
  readonly sd: number;
}

/** How the columns of a modality are standardised. A model stores these in the order of its modalities. */
export interface ModalityScales {
  readonly name: string;
  /** Columns of a table, or channels of images and series. */
  readonly columns: readonly ColumnScale[];
  /** Shape of images or series; left out for a table. */
  readonly regularArray?: RegularArray | undefined;
  readonly transform?: Transform | undefined;
  /** Batches whose effect is removed from the columns. */
  readonly batches?: Batches | undefined;
  /** Covariates that the columns are adjusted for. */
  readonly covariates?: readonly CovariateTerm[] | undefined;
  /** Levels of columns that have some, by the column's name: no, yes; lowest to highest. */
  readonly levels?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A letter, then letters, digits, _ or -. Names are parts of graphs and column names. */
export const MODALITY_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

export function isModalityName(name: string): boolean {
  return MODALITY_NAME.test(name);
}

/** Values of a modality by subject, and which of them were observed. */
export interface ObservedValues {
  /**
   * Standardised values, row-major, 0 where missing. Tables: subjects × columns; images and series: subjects × channels
   * × positions. Empty if there is `stored`.
   */
  readonly values: Float32Array;
  /** 1 for an observed value, 0 for a missing one, in the shape of `values`; left out if none is missing. */
  readonly observed?: Uint8Array | undefined;
  /** Images as integers, instead of `values` and `observed`. `selectSubjects` standardises those of some subjects. */
  readonly stored?: StoredValues | undefined;
}

/** A modality: its observed values, and the number of latents to learn from it. */
export interface Modality extends ModalityData {
  /** Number of causal latents z. */
  readonly latents: number;
  /** Number of exogenous variables η. */
  readonly exogenous: number;
  /**
   * Number of latents, counted from the last, that only this modality needs: a fit with observed causes treats private
   * encodings as latents, because only the causes tell which latents are private. Default 0.
   */
  readonly privateLatents?: number | undefined;
  /** When left out: `conv` for images, `conv1d` for series, `mlp` for tables. */
  readonly network?: NetworkConfig | undefined;
  /** Images and series: number of latents, counted from the last, that a shift in space or time does not change. */
  readonly shiftInvariant?: number | undefined;
  /** Images and series: random changes during the training of encoders. */
  readonly augment?: Augmentation | undefined;
  /** Position of each subject's batch, NaN for an average batch; left out without batches. */
  readonly batchPositions?: Float64Array | undefined;
  /** Tables of counts: natural logarithm of the total of each subject as read, NaN where there is none. */
  readonly logTotals?: Float64Array | undefined;
}

/** Returns what a model stores of a modality to standardise the values of new subjects. */
export function scalesOf({
  name,
  columns,
  regularArray,
  transform,
  batches,
  covariates,
  levels,
}: ModalityScales): ModalityScales {
  return {
    name,
    columns,
    ...(regularArray && { regularArray }),
    ...(transform && { transform }),
    ...(batches && { batches }),
    ...(covariates && { covariates }),
    ...(levels && { levels }),
  };
}

/** Row numbers of each split. The splits are disjoint, and together they have all subjects. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** Latents of several modalities at once. */
export interface SharedLatents {
  /** Number of shared latents. They are the last latents of each sharing modality. */
  readonly latents: number;
  /** Positions of the sharing modalities, at least two. */
  readonly modalities: readonly number[];
}

/** Scales and values of a modality for some subjects. */
export interface ModalityData extends ModalityScales, ObservedValues {}

/** Input of a fitted model: subjects of a data set, or of rows of JSON. */
export interface Subjects {
  readonly ids: readonly string[];
  readonly modalities: readonly ModalityData[];
  /** Observed causes, which counterfactuals need. Encoders do not read them. */
  readonly causes?: readonly Cause[] | undefined;
}

export interface Dataset {
  /**
   * Subject ids in row order. From a million subjects on, `readStudy` returns a list that builds each id on access. A
   * structured clone needs strings: use `Array.from(ids)`.
   */
  readonly ids: readonly string[];
  /**
   * Group of each subject (row) if rows belong together: windows of a recording, visits, siblings. All rows of a group
   * are in one split, and in one fold or resample.
   */
  readonly groups?: readonly string[] | undefined;
  /**
   * Terms that were regressed out of the columns, terms × subjects, standardised on the training split: those of
   * `adjust`, in the order of `ModalityScales.covariates`, then indicators of batches. They may be collinear. A test on
   * held-out subjects that conditions on the covariates regresses on these.
   */
  readonly covariates?: readonly Float64Array[] | undefined;
  /** Modalities in the order of the study file. Earlier modalities may be causes of later ones. */
  readonly modalities: readonly Modality[];
  /** Observed causes of the latents. */
  readonly causes?: readonly Cause[] | undefined;
  /** Latents of several modalities: the last latents of each of them. */
  readonly shared?: SharedLatents | undefined;
  readonly split: Split;
  /** SHA-256 of ids, groups, covariates, causes, values and split, hexadecimal. Every fit records it. */
  readonly fingerprint: string;
}
