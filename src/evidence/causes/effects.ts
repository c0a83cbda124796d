// What is reported about the effects of observed causes on latents.

import type { DirectReason, DirectVerdict, EffectReason, EffectVerdict } from '../../causal/cause-figures.js';
import type { LatentNode } from '../../causal/index.js';
import type { Modality } from '../../data/dataset.js';
import type { CrossFitSplit } from '../cross-fit.js';
import type { LatentEvidence } from '../latents.js';
import type { ComparedLevel } from './cause-comparison.js';
import type { CauseStudy } from './cause-study.js';
import type { CombinedEffect, EffectInterval } from './combine-effects.js';

/** The effect, in standard deviations of the reference, that the verdict "not supported" rules out. */
export const NOTABLE_EFFECT = 0.3;

/** The total effect of a level, or of a number, on a latent. */
export interface TotalEffect {
  readonly cause: string;
  /** Left out for a number. */
  readonly level?: string | undefined;
  readonly latent: string;
  /** Number of held-out subjects, groups or batches with the level; with a number, all. */
  readonly units: number;
  readonly verdict: EffectVerdict;
  readonly reason?: EffectReason | undefined;
  /**
   * Difference from the reference in its standard deviations. For a number, the change per standard deviation of the
   * number, in standard deviations of subjects with the same number. Left out if nothing was tested.
   */
  readonly effect?: EffectInterval | undefined;
  /** p of a shift (or slope, or curve), and corrected for the number of tests. Left out if this was not tested. */
  readonly p?: number | undefined;
  readonly q?: number | undefined;
  /** Ratio of the mean deviation to that of the reference, or per standard deviation of a number. */
  readonly spread?:
    | (EffectInterval & { readonly p: number; readonly q: number; readonly verdict: EffectVerdict })
    | undefined;
  /** Probability to support an effect of 0.3 standard deviations in a study of this size. */
  readonly power?: number | undefined;
  /**
   * Share of the latent's variance that the level, or the line of a number, explains given the other terms, among the
   * subjects with the level or the reference. Left out for an assigned cause.
   */
  readonly partialR2?: number | undefined;
  /** Curve of a number: difference from the reference, in standard deviations. */
  readonly curve?: readonly (EffectInterval & { readonly value: number })[] | undefined;
  /** Present if the total effect is supported. */
  readonly direct?: DirectEffect | undefined;
}

export interface TotalEffects {
  readonly effects: readonly TotalEffect[];
  readonly blocks: readonly BlockEvidence[];
}

/** What remains of a total effect given the parents of the latent. */
export interface DirectEffect {
  /** `direct`: an effect remains. `through`: none remains, and 0.3 standard deviations are ruled out. */
  readonly verdict: DirectVerdict;
  readonly reason?: DirectReason | undefined;
  /** The parents, and perhaps one other latent, that leave least of the effect. */
  readonly through: readonly string[];
  /** Parents of the latent in the models of all folds. */
  readonly parents: readonly string[];
  /** The latents of `through` without which some of the effect remains; left out unless the verdict is `through`. */
  readonly needed?: readonly string[] | undefined;
  /** Effect given `through`, in the unit of the total effect, with its 95 % interval. */
  readonly estimate?: number | undefined;
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
  /** The largest p, and corrected for the number of supported total effects (Holm). */
  readonly p?: number | undefined;
  readonly q?: number | undefined;
}

/** The effect of a level, or of a number, on the latents of a modality together. */
interface BlockEvidence {
  readonly cause: string;
  readonly level?: string | undefined;
  readonly modality: string;
  readonly p: number;
  /** p corrected for the number of tests, those of single latents included. */
  readonly q: number;
  readonly verdict: EffectVerdict;
}

export interface EffectQuestion {
  readonly nodes: readonly LatentNode[];
  readonly splits: readonly CrossFitSplit[];
  readonly latents: readonly LatentEvidence[];
  readonly study: CauseStudy;
  /** The modalities, whose missing values are compared between levels. Left out if no values are missing. */
  readonly modalities?: readonly Modality[] | undefined;
  /** Ids of the rows of the data set. */
  readonly ids: readonly string[];
  readonly seed: number;
}

/** The effect of a level, or of a number, on a latent before the correction. */
export interface RawEffect extends ComparedLevel {
  readonly cause: string;
  readonly level?: string | undefined;
  readonly latent: number;
  readonly units: number;
  readonly reason?: EffectReason | undefined;
  readonly combined?: CombinedEffect | undefined;
  /** Values of the curve. */
  readonly points: readonly number[];
}
