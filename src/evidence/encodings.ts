// Encodings of a fold's model for tests of observed causes and of batches.

import type { TwoForms } from './forms.js';

/** Encodings of all subjects, subjects × D, by a model of some of them. */
export interface Encoded {
  readonly encoded: Float32Array;
  /** Parents of each latent in the graph of that model; left out if the fit ends before it has one. */
  readonly parents?: readonly (readonly number[])[] | undefined;
  /**
   * Encodings of the columns with the effects of batches, by the column of the batches; left out if the study has
   * neither batches nor other modalities.
   */
  readonly withBatches?: ReadonlyMap<string, Float32Array> | undefined;
}

/**
 * The partners of the latents of a modality in a fold's model, for tests of causes: with the signs of the fitted
 * latents, and not rotated.
 */
export interface ReadPartners {
  /** Encodings, without the directions of covariates. */
  readonly encodings: readonly Float64Array[];
  /** Normal scores without the directions of gaps and covariates, and their forms (a, b) by latent. */
  readonly latents: readonly Float64Array[];
  readonly forms: readonly (readonly Float64Array[])[] | undefined;
}

/** What tests of observed causes need of a fold. */
export interface FoldEncodings {
  /** Tested rows of the data set. */
  readonly rows: Int32Array;
  /**
   * By latent of the fitted model, its partner in the fold's model, with the same sign. It is not rotated: the fitted
   * model was trained on the causes of these rows. Without the directions of covariates. NaN if a row lacks the
   * modality.
   */
  readonly latents: readonly Float64Array[];
  /** The same partners as normal scores by unit of the fold, and their forms, as in `HeldOutFold`. */
  readonly units: readonly Float64Array[];
  readonly forms: readonly (TwoForms | undefined)[];
  /** By latent of the fitted model, the parents of its partner in the graph of the fold's model, if that is known. */
  readonly parents?: readonly (readonly number[])[] | undefined;
}

/** Returns parents by latent of the fitted model. @param parents by latent of the fold's model */
export function matchedParents(
  parents: readonly (readonly number[])[],
  modalities: readonly { readonly partners: readonly number[] }[],
): number[][] {
  const partners = modalities.flatMap((one) => one.partners);
  return partners.map((partner) => parents[partner].map((parent) => partners.indexOf(parent)));
}
