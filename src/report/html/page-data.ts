// What the page carries for its script, as one JSON block: the numbers that its drawings are made from.

import type { Interval } from '../../evidence/interval.js';
import type { Panels } from '../charts/panels-chart.js';
import type { RankedRestarts } from '../charts/restarts-chart.js';
import type { SubjectStep } from '../charts/subjects-chart.js';
import type { LatentEffects } from '../facts/effects.js';
import type { LatentConsequences } from '../facts/interventions.js';
import type { LossHistory } from '../facts/losses.js';
import type { MissingnessMap } from '../facts/missingness.js';

export interface PageData {
  /** Style sheets of a figure that leaves the page. */
  readonly styleSheets: { readonly light: string; readonly dark: string };
  readonly losses?: readonly LossHistory[];
  readonly traversals?: TraversalsData;
  readonly interventions?: InterventionsData;
  readonly series?: readonly SeriesDrawing[];
  readonly subjects?: readonly SubjectStep[];
  /** Undefined where nothing is missing. */
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
  /** Positions that the slider stands on, in sd. */
  readonly steps: readonly number[];
  /** Columns shown at first. */
  readonly shown: number;
}

/** Curves of a modality of series, drawn again when the width changes. */
export interface SeriesDrawing {
  readonly name: string;
  readonly panels: Panels;
}

export interface InterventionsData {
  readonly latents: readonly LatentConsequences[];
  /** Values that the latents are set to, in sd. */
  readonly steps: readonly number[];
}

export interface RestartsData extends RankedRestarts {
  readonly stage: string;
}

export interface EvidenceData {
  readonly pairs: readonly EvidencePair[];
}

/** Two modalities that were tested. */
export interface EvidencePair {
  /** `m`: position of the modality, for its colour. */
  readonly first: { readonly name: string; readonly m: number };
  readonly second: { readonly name: string; readonly m: number };
  /** Of held-out subjects. */
  readonly correlation: Interval;
  readonly associated: boolean;
}

/** A graph whose nodes and edges react to the pointer. */
export interface GraphFacts {
  readonly edges: readonly EdgeFacts[];
  /** Descriptions of each node, a line each. */
  readonly nodes: readonly (readonly string[])[];
}

export interface EdgeFacts {
  /** Positions of its nodes. */
  readonly ends: readonly [number, number];
  /** Hidden below the slider's strength. */
  readonly strength: number;
  /** Share of restarts, or of half-samples. */
  readonly agreement: number;
  /** Its description, line by line. */
  readonly description: readonly string[];
}
