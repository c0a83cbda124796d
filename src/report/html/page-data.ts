// The JSON block of a page for its script: the numbers behind its drawings.

import type { Interval } from '../../evidence/interval.js';
import type { Panels } from '../charts/panels-chart.js';
import type { RankedRestarts } from '../charts/restarts-chart.js';
import type { SubjectStep } from '../charts/subjects-chart.js';
import type { LatentEffects } from '../facts/effects.js';
import type { LatentConsequences } from '../facts/interventions.js';
import type { LossHistory } from '../facts/losses.js';
import type { MissingnessMap } from '../facts/missingness.js';

export interface PageData {
  /** Style sheets of downloaded figures. */
  readonly styleSheets: { readonly light: string; readonly dark: string };
  readonly losses?: readonly LossHistory[];
  readonly traversals?: TraversalsData;
  readonly interventions?: InterventionsData;
  readonly series?: readonly SeriesDrawing[];
  readonly subjects?: readonly SubjectStep[];
  /** Undefined if nothing is missing. */
  readonly missingness?: MissingnessMap | undefined;
  readonly restarts?: readonly RestartsData[];
  readonly evidence?: EvidenceData;
  readonly graph?: GraphFacts;
  readonly discovery?: GraphFacts;
}

export interface TraversalsData {
  readonly effects: readonly LatentEffects[];
  /** Position of each latent's modality. */
  readonly m: readonly number[];
  /** Positions of the slider, in sd. */
  readonly steps: readonly number[];
  /** Number of columns shown initially. */
  readonly shown: number;
}

/** Curves of a series modality. They are drawn again when the width changes. */
export interface SeriesDrawing {
  readonly name: string;
  readonly panels: Panels;
}

export interface InterventionsData {
  readonly latents: readonly LatentConsequences[];
  /** Values of the interventions, in sd. */
  readonly steps: readonly number[];
}

export interface RestartsData extends RankedRestarts {
  readonly stage: string;
}

export interface EvidenceData {
  readonly pairs: readonly EvidencePair[];
}

/** A tested pair of modalities. */
export interface EvidencePair {
  /** `m`: position of the modality, for its colour. */
  readonly first: { readonly name: string; readonly m: number };
  readonly second: { readonly name: string; readonly m: number };
  /** Correlation in held-out subjects. */
  readonly correlation: Interval;
  readonly associated: boolean;
}

/** Data of an interactive graph. */
export interface GraphFacts {
  readonly edges: readonly EdgeFacts[];
  /** Lines of the description of each node. */
  readonly nodes: readonly (readonly string[])[];
}

export interface EdgeFacts {
  /** Positions of its nodes. */
  readonly ends: readonly [number, number];
  /** Strength. The edge is hidden if the slider has a larger value. */
  readonly strength: number;
  /** Share of restarts, or of half-samples. */
  readonly agreement: number;
  /** Lines of the description. */
  readonly description: readonly string[];
}
