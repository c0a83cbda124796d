// What result tables are made of.

import type { LatentGraph } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import type { HeldOutFold } from '../evidence/index.js';
import type { ParameterValues } from '../inference/inference.js';
import type { ModelLatents, OutOfFoldLatents } from '../inference/model-latents.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { Study } from '../study/study.js';
import type { RunSummary } from '../training/run-folder.js';
import type { GeneSetSettings } from './enrichment/gene-set-options.js';

/** Options of the tables. A table ignores the options of the other tables. */
export interface TableSettings extends GeneSetSettings {
  /** Seed of random numbers. Default: 0. */
  readonly seed?: number | undefined;
}

/** Latents of one fold: a value per latent of the graph and unit, which is a subject or a group of rows. */
export type RefitLatents = Pick<HeldOutFold, 'ids' | 'units'>;

/** A fitted model, and the subjects to interpret it with. */
export interface InterpretationInput extends TableSettings {
  /** Content of run.json. */
  readonly summary: RunSummary;
  /** Graph of the model, whose nodes have the verdicts on the latents. */
  readonly graph: LatentGraph;
  /** Parameters of the chosen restart. */
  readonly parameters: ParameterValues;
  /** Ids of the test split; undefined if the RUN folder has no subjects.json. */
  readonly heldOut: readonly string[] | undefined;
  /** The subjects, in the units of their tables. Undefined if the study was not found or not passed. */
  readonly dataset?: Dataset | undefined;
  /** The study of the subjects, with its settings. Undefined for a data set without study file. */
  readonly study?: Study | undefined;
  /**
   * Out-of-fold latents, as normal scores, in the order of their `ids`. Only they may be related to anything outside
   * their modality. Undefined if the fit was not tested.
   */
  readonly outOfFold?: OutOfFoldLatents | undefined;
  /**
   * Latents of refits: by split of the subjects into two folds, each encoded by a model that was fitted to the other
   * one, with the axes of the fitted model. Undefined if the fit was not tested.
   */
  readonly refits?: readonly (readonly RefitLatents[])[] | undefined;
  /** Encoders of the model. */
  readonly latents: ModelLatents;
  /** Device and threads of computations with the decoders. */
  readonly compute: ProgramOptions;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the subjects of a table that needs them.
 * @param table name of the table @throws InputError `no-study` if there are no subjects
 */
export function subjectsOf({ dataset }: InterpretationInput, table: string): Dataset {
  if (dataset) return dataset;
  throw new InputError(
    'no-study',
    `The table "${table}" needs the subjects of the study. Pass the study file with --study, or \`study\`.`,
    { table },
  );
}

/**
 * Returns the out-of-fold latents of a table that needs them.
 * @param table name of the table @throws InputError `untested-latents` if the fit has none
 */
export function outOfFoldLatents({ outOfFold }: InterpretationInput, table: string): OutOfFoldLatents {
  if (outOfFold) return outOfFold;
  throw new InputError(
    'untested-latents',
    `The table "${table}" needs out-of-fold latents, which this fit has not. Fit again without --evidence none, and ` +
      'keep latents.csv in the RUN folder.',
    { table },
  );
}
