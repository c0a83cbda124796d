// The JSON block of a page for its script: the numbers behind the drawings that have controls. Those of other drawings
// are in their figures.

import type { LatentEffects } from '../facts/effects.js';
import type { LatentConsequences } from '../facts/interventions.js';
import type { LossHistory } from '../facts/losses.js';

export interface PageData {
  /** Style sheets of downloaded figures. */
  readonly styleSheets: { readonly light: string; readonly dark: string };
  readonly losses?: readonly LossHistory[];
  readonly traversals?: TraversalsData;
  readonly interventions?: InterventionsData;
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

export interface InterventionsData {
  readonly latents: readonly LatentConsequences[];
  /** Values of the interventions, in sd. */
  readonly steps: readonly number[];
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
  /**
   * Strength. The edge is hidden if the slider has a larger value. An edge without strength and agreement is always
   * shown.
   */
  readonly strength?: number;
  /** Share of restarts, or of half-samples. */
  readonly agreement?: number;
  /** Lines of the description. */
  readonly description: readonly string[];
}
