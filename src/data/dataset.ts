// What a fit reads: several modalities of the same subjects, aligned by id, standardised on the training part.

import type { ColumnKind } from '../likelihoods/index.js';
import type { Augmentation } from './augmentation.js';
import type { Grid } from './grid.js';
import type { StoredValues } from './stored.js';
import type { NetworkConfig } from './network.js';
import type { Ranks } from './ranks.js';

/**
 * How a column was brought to mean 0, sd 1. Of a value x that the modality's transform made,
 * `x' = (held(adjusted(log ? ln(x + offset) : x)) − mean) / sd`.
 */
export interface ColumnScale {
  readonly name: string;
  readonly log: boolean;
  readonly offset: number;
  readonly mean: number;
  readonly sd: number;
  /** Of the transform `rank`: the training part of the column. */
  readonly ranks?: Ranks | undefined;
  /** What a unit of each of the modality's covariates adds; it is subtracted. */
  readonly slopes?: readonly number[] | undefined;
  /** Values are held between these (winsorised). */
  readonly limits?: { readonly lower: number; readonly upper: number } | undefined;
  /** How values scatter, or that they are sizes; `gaussian` where left out. */
  readonly kind?: ColumnKind | undefined;
  /** Of a size that is no column of the table: the total of the modality's counts, see `countTotals`. */
  readonly total?: true | undefined;
  /** The categorical or ordinal column that this is a value of, beside the others of it. */
  readonly of?: string | undefined;
  /** Position of the level of `of` that the value says is there (categorical) or reached (ordinal). */
  readonly level?: number | undefined;
}

/** A modality's transform with what it takes from the training part. */
export type Transform =
  | { readonly kind: 'log1p' | 'rank' }
  | { readonly kind: 'arcsinh'; readonly cofactor: number }
  /** log2((x + p) / (total + 2 p) · 10⁶), p = 2 · total / meanTotal, the total over the columns `over`. */
  | { readonly kind: 'cpm'; readonly over: readonly string[]; readonly meanTotal: number }
  /** ln x less its mean over the columns `over`, a value of 0 taken as `zero`. */
  | { readonly kind: 'clr'; readonly over: readonly string[]; readonly zero: number };

/** One of the curved terms of a covariate's natural cubic spline, see `natural-spline.ts`. */
export interface SplineTerm {
  /** Three or more, in the covariate's unit, strictly ascending. */
  readonly knots: readonly number[];
  /** From 0 to the number of knots less 3. */
  readonly term: number;
}

/**
 * A covariate, or a function of it, as a number of mean 0, sd 1 in the training part: `(value − mean) / sd`. The value
 * is the covariate itself; 1 for subjects with the level, else 0; or a term of a spline at the covariate.
 */
export interface CovariateTerm {
  readonly column: string;
  /** Present for a column of names. */
  readonly level?: string | undefined;
  /** Present for a curved term, which stands beside the covariate itself. */
  readonly spline?: SplineTerm | undefined;
  readonly mean: number;
  readonly sd: number;
}

/** How the columns of one modality were brought to scale; a model keeps these in the order of its modalities. */
export interface ModalityScales {
  readonly name: string;
  /** With a grid its channels. */
  readonly columns: readonly ColumnScale[];
  /** Of pictures and series: how the values of a channel lie. Left out: a table. */
  readonly grid?: Grid | undefined;
  readonly transform?: Transform | undefined;
  /** Covariates that the columns are adjusted for. */
  readonly covariates?: readonly CovariateTerm[] | undefined;
  /** Levels of binary, categorical and ordinal columns, by the column's name: no, yes; lowest to highest. */
  readonly levels?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A letter, then letters, digits, _ or -: names stand in graphs and column names. */
export function isModalityName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_-]*$/.test(name);
}

/** Values of a modality's subjects, and which of them are there. */
export interface ObservedValues {
  /**
   * Standardised values, subjects × columns (with a grid subjects × channels × positions), row-major; 0 where one is
   * missing. Empty where there is `stored`.
   */
  readonly values: Float32Array;
  /** 1 where a value was observed, 0 where it is missing, one for each of `values`; left out where none is missing. */
  readonly observed?: Uint8Array | undefined;
  /** Pictures as they were read, instead of `values` and `observed`: `selectSubjects` gives these of some subjects. */
  readonly stored?: StoredValues | undefined;
}

/** One modality: what was observed of the study's subjects, with the number of latents to learn from it. */
export interface Modality extends GivenModality {
  /** Number of causal latents z. */
  readonly latents: number;
  /** Number of private noise latents η. */
  readonly exogenous: number;
  /** Left out: conv of pictures, conv1d of series, mlp of tables. */
  readonly network?: NetworkConfig | undefined;
  /** Of pictures and series: so many of the last latents are those that a shift in space or time does not change. */
  readonly shiftInvariant?: number | undefined;
  /** Of pictures and series: how they are changed at random while encoders are trained. */
  readonly augment?: Augmentation | undefined;
  /** Of a table of counts: by subject, the natural logarithm of the total as it was read, NaN where it has none. */
  readonly logTotals?: Float64Array | undefined;
}

/** What a model keeps of a modality to bring others' values to the same scale. */
export function scalesOf({ name, columns, grid, transform, covariates, levels }: ModalityScales): ModalityScales {
  return {
    name,
    columns,
    ...(grid && { grid }),
    ...(transform && { transform }),
    ...(covariates && { covariates }),
    ...(levels && { levels }),
  };
}

/** Row numbers of each part; disjoint, together all subjects. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** Latents that several modalities observe. */
export interface SharedLatents {
  /** How many; the last ones of every modality that has them. */
  readonly latents: number;
  /** Positions of the modalities that observe them, at least two. */
  readonly modalities: readonly number[];
}

/** What is known of a modality of some subjects. */
export interface GivenModality extends ModalityScales, ObservedValues {}

/** Subjects that a fitted model is asked about: those of a data set, or of rows of JSON. */
export interface Subjects {
  readonly ids: readonly string[];
  readonly modalities: readonly GivenModality[];
}

export interface Dataset {
  /**
   * Subject ids in row order. Of a million subjects and more, `readStudy` gives a list that makes each id when it is
   * read: `Array.from(ids)` are strings, which a structured clone needs.
   */
  readonly ids: readonly string[];
  /**
   * The group of each subject (row), where rows belong together: windows of a recording, visits, siblings. Rows of a
   * group stand in one part, and in one fold or resample of whatever divides the subjects further.
   */
  readonly groups?: readonly string[] | undefined;
  /**
   * The terms of the covariates that the study is adjusted for (`adjust`), terms × subjects, standardised on the
   * training part: those that were regressed out of the columns, in the order of `ModalityScales.covariates`. They may
   * be collinear. A test on held-out subjects that conditions on the covariates regresses on these.
   */
  readonly covariates?: readonly Float64Array[] | undefined;
  /** In the order of the study file; earlier modalities may be causes of later ones. */
  readonly modalities: readonly Modality[];
  /** Latents that several modalities observe: the last ones of each of them. */
  readonly shared?: SharedLatents | undefined;
  readonly split: Split;
  /** SHA-256 over ids, groups, covariates, values and split, hexadecimal: recorded with every fit. */
  readonly fingerprint: string;
}
