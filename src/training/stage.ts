// A stage: one training of the trainer, with a compiled program, its data, and what changes from epoch to epoch. A
// joint fit has one stage. A two-stage fit first finds subspaces, then the components in them. It has up to seven
// stages: subspaces, residual (if linear subspaces compete), subspace-decoders (of these, if some columns are not
// gaussian), exploration, components, pruning, polish. With images or series, `encoders` is the first stage and
// `decoders` follows the components. `imputation` precedes the components if subjects lack modalities. `missing` is the
// last stage of every fit. A baseline is a stage, too, and so are all candidates of a selection together.
//
// A stage trains several runs as one batch, the first axis of its tensors: restarts, or the candidates of pruning and
// selection.

import type { CompiledProgram } from '../compile/index.js';
import type { NumericError } from '../errors/errors.js';
import type { LeafData } from '../networks/sources.js';
import { seedKey } from '../random/streams.js';
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
  'polish',
  'decoders',
  'missing',
] as const;
export type StageName = (typeof STAGE_NAMES)[number];

/** The plan of one epoch. */
export interface EpochPlan {
  /** The program's entry that trains in this phase. */
  readonly phase: string;
  /** Learning rates of the groups `weights` and `gates`. */
  readonly rates: readonly [number, number];
  /** Hyper-parameters by the name of their control, equal for all runs. The program may lack the control. */
  readonly controls?: Readonly<Record<string, number>>;
}

/** The rule for early stopping. */
export interface Patience {
  /** First epoch that counts. */
  readonly from: number;
  /** Number of epochs without a better objective in any run. */
  readonly epochs: number;
}

export interface TrainingStage {
  readonly name: string;
  /** Number of runs: restarts or candidates. */
  readonly runs: number;
  /** Its entries are the phases of the plan and, if there is a validation, `evaluate`. */
  readonly compiled: CompiledProgram;
  /** Returns the same program for fewer runs, for one of several devices; undefined if the runs cannot be divided. */
  readonly compiledFor?: (runs: number) => CompiledProgram;
  /** Number of runs of the whole stage, if this stage trains only some of them. */
  readonly allRuns?: number;
  /** Constant leaves of the data slab. */
  readonly data: ReadonlyMap<string, LeafData>;
  /** Constant controls. */
  readonly controls?: ReadonlyMap<string, Float32Array>;
  /** Initial parameters, `[runs, …]` each. */
  readonly initial: ReadonlyMap<string, Float32Array>;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  plan(epoch: number): EpochPlan;
  /** Returns the row numbers of an epoch's mini-batches, for the leaf `order`. */
  order(epoch: number): Int32Array;
  /** The measurement after every epoch; undefined for none. */
  readonly validation?: Validation;
  /** True if the initial parameters are the result unless training improves on them. */
  readonly initialCounts?: boolean;
  /** First epoch whose state may be chosen, because the objective is complete from there on. Default: 0. */
  readonly selectionStart?: number;
  /** Undefined: all epochs are trained. */
  readonly patience?: Patience;
  /** Returns the error that ends the stage if a run diverges; undefined if the other runs continue. */
  readonly diverged?: (failure: RestartFailure) => NumericError;
}

/** A stage of a fit. */
export interface FitStage extends TrainingStage {
  readonly name: StageName;
  readonly validation: Validation;
}

/** Distance between the seeds of restarts: those of fits with neighbouring seeds must not collide. */
const RESTART_SEED_STRIDE = 2 ** 32;

/** Returns the seed of a restart. Its initial values and its noise depend on nothing else. */
export function restartSeed(seed: number, restart: number): number {
  return seed + restart * RESTART_SEED_STRIDE;
}

/** Returns the Philox keys of the runs, for the leaf `seeds`. */
export function seedWords(seeds: readonly number[]): Int32Array {
  return Int32Array.from(
    seeds.flatMap((seed) => {
      const { low, high } = seedKey(seed);
      return [low, high];
    }),
  );
}
