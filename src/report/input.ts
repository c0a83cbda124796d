// What a report is made of. Everything but a run's own files is optional: sections say what they lack.

import type { LinkFigures } from '../causal/discovery/link-figures.js';
import type { LatentGraph } from '../causal/index.js';
import type { CausalGraph, HalfSampling } from '../causal/discovery/index.js';
import type { DiscoveredEdge } from '../causal/discovery/discover.js';
import type { Dataset } from '../data/dataset.js';
import type { Inspection } from '../study/inspection.js';
import type { DiscoveryConfig } from '../study/discovery.js';
import type { VariableReport } from '../study/variables.js';
import type { Examination } from '../inference/examination.js';
import type { ModalityPosterior } from '../inference/model-latents.js';
import type { OutOfFoldLatents } from '../inference/out-of-fold.js';
import type { InterventionGrid } from '../questions/intervention-grid.js';
import type { RunSummary } from '../training/run-folder.js';
import type { EpochMetrics } from '../training/training-state.js';

/** The subjects that a model is shown, and what it made of them. */
export interface ReportSubjects {
  /** Encoded with the model's own scales. */
  readonly dataset: Dataset;
  readonly inspection?: Inspection;
  readonly examination: Examination;
  /** Of the latents, by modality. */
  readonly posterior: Readonly<Record<string, ModalityPosterior>>;
  /** Names for people, by modality and column. */
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Single subjects' own images and series are shown: personal data, so only where that was asked for. */
  readonly showSubjects?: boolean;
  /** Latents by models that had not seen the subjects: without them no association across modalities is shown. */
  readonly outOfFold?: OutOfFoldLatents | undefined;
}

/** A graph that `interlatent discover` wrote. */
export interface ReportDiscovery {
  readonly graph: CausalGraph;
  readonly edges: readonly ReportedEdge[];
  /** What frequencies are shares of; left out where there are none. */
  readonly halfSamples?: HalfSampling | undefined;
  /** Pairs that were tested and have no edge; left out of graphs of measured columns alone. */
  readonly undrawn?: readonly LinkFigures[] | undefined;
  /** The settings of the search, where they are known. */
  readonly asked?: DiscoveryQuestion;
}

/** The settings of a study's discovery, and the variables that were joined to the latents. */
export interface DiscoveryQuestion extends Pick<DiscoveryConfig, 'tiers' | 'refits' | 'seed'> {
  readonly groups: readonly VariableReport[];
  /** Whether every subject's latents are those of a model that never saw it; where not, nothing was searched. */
  readonly crossFitted: boolean;
  /** Where rows belong to groups: the groups that were counted, and how many rows their means are of. */
  readonly counted?: { readonly groups: number; readonly rows: number } | undefined;
}

export type ReportedEdge = Omit<DiscoveredEdge, 'p'> & { readonly p?: number };

export interface ReportInput {
  readonly summary: RunSummary;
  readonly graph: LatentGraph;
  readonly history: readonly EpochMetrics[];
  readonly subjects?: ReportSubjects;
  readonly discovery?: ReportDiscovery;
  /** What follows from setting latents, or why that cannot be asked of this fit. */
  readonly interventions?: InterventionGrid | { readonly refused: string };
  /** How the run was called, for the section on reproduction. */
  readonly command?: string;
}
