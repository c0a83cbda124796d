// What cross-fitting gives: the held-out subjects of each fold and their latents, by split.

import type { Modality } from '../data/dataset.js';
import type { Replication } from './alignment.js';
import type { BatchShift } from './causes/batch-shift.js';
import type { FoldEncodings, ReadPartners } from './encodings.js';
import type { TwoForms } from './forms.js';
import type { TableComponents } from './table-components.js';
import type { GroupedRows } from './within-groups.js';

/** The held-out subjects of one model, and their latents. */
export interface HeldOutFold {
  readonly rows: Int32Array;
  /** Id of the subject or group, by unit. */
  readonly ids: readonly string[];
  /**
   * The tested values by latent: normal scores of these rows. Rows of a group are not independent, so with groups they
   * are normal scores of the group means, scaled to one variance. NaN as in `CrossFit.latents`.
   */
  readonly units: readonly Float64Array[];
  /**
   * The same before the rotation to the latents of the fitted model, which was trained on these subjects. Pairs of
   * modalities are tested on them.
   */
  readonly unrotated: readonly Float64Array[];
  /** Forms by latent; undefined for images, series, and tables with too few columns. */
  readonly forms: readonly (TwoForms | undefined)[];
  /**
   * Forms by latent that follow curves, for the comparison of modalities. Only the first split of a study without
   * causes has them. NaN for units that are not compared.
   */
  readonly curvedForms?: readonly (TwoForms | undefined)[] | undefined;
  /** If the study has groups, the rows that the units are means of. */
  readonly grouped?: GroupedRows | undefined;
  /** By latent, the number of removed directions. A test loses the same number of units. */
  readonly removed: readonly number[];
  /** Number of terms of observed causes that were removed from the units and forms; left out if none were. */
  readonly lost?: number | undefined;
  /** Encodings of the tested rows, if the study has observed causes. */
  readonly encodings?: FoldEncodings | undefined;
}

/** Two folds, each encoded by the model that was fitted to the other one. */
export interface CrossFitSplit {
  readonly folds: readonly HeldOutFold[];
  /** Agreement of the two fits, by modality. */
  readonly replication: readonly Replication[];
  /** By latent, mean |correlation| of the partners in both folds with the latent of the fitted model. */
  readonly agreement: readonly number[];
  /** By fold, what batches shift; left out without batches. */
  readonly batches?: readonly (readonly BatchShift[])[] | undefined;
}

export interface CrossFit {
  readonly splits: readonly CrossFitSplit[];
  /**
   * Values by latent, in the order of the model: means over the splits of normal scores within each fold. They are
   * rotated to the latents of the fitted model, and adjusted for gaps of the modality and covariates. NaN if a subject
   * lacks the modality: values that are inferred from other modalities are never tested.
   */
  readonly latents: readonly Float64Array[];
  /** Minimum number of units in a fold for a test. */
  readonly minUnits: number;
  /** Number of columns of each modality; unlimited when left out. */
  readonly widths?: ReadonlyMap<string, number>;
  /** Principal components of each table; none when left out. */
  readonly components?: ReadonlyMap<string, TableComponents>;
}

/** A modality in a cross-fit. */
export interface ModalityLatents {
  readonly modality: Modality;
  /** Positions of its latents among all latents. */
  readonly columns: readonly number[];
  readonly present: Uint8Array;
  /** Evenly spread subjects who have the modality, for the comparison of latents. */
  readonly sample: Int32Array;
}

/** The latents of a modality in the held-out subjects of a fold. */
export interface ReadFold {
  readonly rows: Int32Array;
  readonly latents: readonly Float64Array[];
  readonly unrotated: readonly Float64Array[];
  /** The tested rows among them. The forms have values for these. */
  readonly measured: Int32Array;
  readonly forms: readonly (readonly Float64Array[])[] | undefined;
  /** Rows whose curved forms are compared with other modalities, and these forms. */
  readonly compared: Int32Array;
  readonly curvedForms?: readonly (readonly Float64Array[])[] | undefined;
  /** Number of removed directions. */
  readonly removed: number;
  readonly columns: readonly number[];
  /** By latent of the fitted model, the position of its partner among all latents of the fold's model. */
  readonly partners: readonly number[];
  readonly causes?: ReadPartners | undefined;
}
