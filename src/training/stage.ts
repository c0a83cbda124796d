// A stage: one training of the trainer, with a compiled program, its data, and what changes from epoch to epoch. A
// joint fit has one stage. A two-stage fit first finds subspaces, then the components in them. It has up to seven
// stages: subspaces, residual (if linear subspaces compete), subspace-decoders (of these, if some columns are not
// gaussian), exploration, components, pruning, polish. With observed causes, exploration straightens the subspaces,
// components starts from a search on moments, and pruning from a second one. With images or series, `encoders` is the
// first stage and `decoders` follows the components. `imputation` precedes the components if subjects lack modalities.
// `missing` is the last stage of every fit. A baseline is a stage, too, and so are all candidates of a selection
// together.
//
// A stage trains several runs as one batch, the first axis of its tensors: restarts, or the candidates of pruning and
// selection.

import type { CompiledProgram } from '../compile/index.js';
import type { NumericError } from '../errors/errors.js';
import type { LeafData } from '../networks/sources.js';
import type { Schedule } from './schedule.js';
import type { Stopping } from './stopping.js';
import type { RestartFailure } from './training-state.js';
import type { Validation } from './validation.js';

export const STAGE_NAMES = [
  'joint',
  'encoders',
  'subspaces',
  'residual',
  'subspace-decoders',
  'imputation',
  'exploration',
  'components',
  'pruning',
  'determined',
  'polish',
  'decoders',
  'missing',
] as const;
export type StageName = (typeof STAGE_NAMES)[number];

export interface TrainingStage<Name extends string = string> {
  readonly name: Name;
  /** Number of runs: restarts or candidates. */
  readonly runs: number;
  /** Its entries are the phases of the schedule and, if there is a validation, `evaluate`. */
  readonly compiled: CompiledProgram;
  /** Returns the same program for fewer runs, for one of several devices. */
  readonly compiledFor: (runs: number) => CompiledProgram;
  /** Number of runs of the whole stage, if this stage trains only some of them. */
  readonly allRuns?: number;
  /** Constant leaves of the data slab. */
  readonly data: ReadonlyMap<string, LeafData>;
  /** Constant controls. */
  readonly controls: ReadonlyMap<string, Float32Array>;
  /** Initial parameters, `[runs, …]` each. */
  readonly initial: ReadonlyMap<string, Float32Array>;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly plan: Schedule['plan'];
  /** Returns the row numbers of an epoch's mini-batches, for the leaf `order`. */
  order(epoch: number): Int32Array;
  readonly validation: Validation;
  /** True if the initial parameters are the result unless training improves on them. */
  readonly initialCounts?: boolean | undefined;
  readonly stopping: Stopping;
  /** Returns the error that ends the stage if a run diverges; undefined if the other runs continue. */
  readonly diverged?: ((failure: RestartFailure) => NumericError) | undefined;
}

/** A stage of a fit. */
export type FitStage = TrainingStage<StageName>;

/** Distance between the seeds of restarts: those of fits with neighbouring seeds must not collide. */
const RESTART_SEED_STRIDE = 2 ** 32;

/** Returns the seed of a restart. Its initial values and its noise depend on nothing else. */
export function restartSeed(seed: number, restart: number): number {
  return seed + restart * RESTART_SEED_STRIDE;
}
