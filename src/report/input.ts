// The input of a report. Only the files of a run are required. A section without its data says what it lacks.

import type { LinkFigures } from '../causal/discovery/link-figures.js';
import type { LatentGraph } from '../causal/index.js';
import type { CausalGraph, HalfSampling } from '../causal/discovery/index.js';
import type { DiscoveredEdge } from '../causal/discovery/discover.js';
import type { Dataset } from '../data/dataset.js';
import type { Outcome, SubjectVariable } from '../data/outcomes.js';
import type { Inspection } from '../study/inspection/inspection.js';
import type { DiscoveryConfig } from '../study/grammar/discovery.js';
import type { VariableReport } from '../study/reading/variables.js';
import type { Examination } from '../inference/examination.js';
import type { ModalityPosterior, OutOfFoldLatents } from '../inference/model-latents.js';
import type { Interpreted } from '../interpretation/interpret.js';
import type { ResultTable, TableName } from '../interpretation/index.js';
import type { InterventionGrid } from '../questions/intervention-grid.js';
import type { RunSummary } from '../training/run-folder.js';
import type { EpochMetrics } from '../training/training-state.js';

/** The subjects of a report, with the results of the model for them. */
export interface ReportSubjects {
  /** Data set, standardised with the scales of the model. */
  readonly dataset: Dataset;
  readonly inspection?: Inspection;
  readonly examination: Examination;
  /** Posterior of the latents, by modality. */
  readonly posterior: Readonly<Record<string, ModalityPosterior>>;
  /** Labels by modality and column. */
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Outcomes of the study, and its batches, with which latents are compared. */
  readonly outcomes?: readonly Outcome[] | undefined;
  readonly batches?: readonly SubjectVariable[] | undefined;
  /** True to show images and series of single subjects, which are personal data. */
  readonly showSubjects?: boolean;
  /** Out-of-fold latents. Without them, no association across modalities is shown. */
  readonly outOfFold?: OutOfFoldLatents | undefined;
}

/** A graph that `interlatent discover` wrote. */
export interface ReportDiscovery {
  readonly graph: CausalGraph;
  readonly edges: readonly ReportedEdge[];
  /** The half-samples of the frequencies. Undefined without frequencies. */
  readonly halfSamples?: HalfSampling | undefined;
  /** Tested pairs without an edge. Undefined for graphs of measured columns alone. */
  readonly undrawn?: readonly LinkFigures[] | undefined;
  /** The settings of the search. Undefined if they are unknown. */
  readonly question?: DiscoveryQuestion;
}

/** The settings of a study's discovery, and the variables that were joined to the latents. */
export interface DiscoveryQuestion extends Pick<DiscoveryConfig, 'tiers' | 'refits' | 'seed'> {
  readonly groups: readonly VariableReport[];
  /** True if all latents are out-of-fold. Otherwise nothing was searched. */
  readonly crossFitted: boolean;
  /** If rows belong to groups: the numbers of groups and of their rows. */
  readonly counted?: { readonly groups: number; readonly rows: number } | undefined;
}

export type ReportedEdge = Omit<DiscoveredEdge, 'p'> & { readonly p?: number };

/** Result tables by name, or the reason why the fit cannot have one. */
export type ReportTables = Readonly<Partial<Record<TableName, ResultTable | { readonly refused: string }>>>;

export interface ReportInput {
  readonly summary: RunSummary;
  readonly graph: LatentGraph;
  readonly history: readonly EpochMetrics[];
  readonly subjects?: ReportSubjects;
  readonly discovery?: ReportDiscovery | undefined;
  /** What the latents explain. Left out without subjects. */
  readonly interpretation?: Interpreted;
  /** Effects of intervening on latents, or the reason why this fit cannot answer. */
  readonly interventions?: InterventionGrid | { readonly refused: string };
  /** Only tables that were requested, and those of the survey and the subgroups of the study. */
  readonly tables?: ReportTables | undefined;
  /** Command line of the fit, for the section on reproduction. */
  readonly command?: string;
}
