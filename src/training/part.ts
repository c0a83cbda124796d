// What the trainer trains: a compiled program, its data, and what changes from epoch to epoch. A joint fit has one
// part. A two-part fit has up to seven: subspaces, residual (where linear subspaces compete), subspace-decoders (of
// those, where columns are not all gaussian), exploration, components, pruning, polish. With images or series
// `encoders` comes first and `decoders` last. `imputation` comes before the components where subjects lack modalities,
// `missing` is the last of every fit. A baseline is a part; so are all candidates of a selection.

import type { CompiledProgram } from '../compile/index.js';
import type { NumericError } from '../errors.js';
import type { LeafData } from '../models/sources.js';
import { seedKey } from '../random/streams.js';
import type { RunFailure } from './run-state.js';
import type { Validation } from './validation.js';

export const PART_NAMES = [
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
export type PartName = (typeof PART_NAMES)[number];

/** What one epoch does. */
export interface EpochPlan {
  /** The program's entry that trains. */
  readonly stage: string;
  /** Learning rates of the groups `weights` and `gates`. */
  readonly rates: readonly [number, number];
  /** Hyper-parameters by the name of their control, which a program need not have; the same for all runs. */
  readonly controls?: Readonly<Record<string, number>>;
}

/** When training ends early. */
export interface Patience {
  /** It counts from this epoch. */
  readonly from: number;
  /** Epochs without a better objective in any run. */
  readonly epochs: number;
}

export interface TrainingPart {
  readonly name: string;
  readonly runs: number;
  /** Entries: the stages of the plan and, where there is a validation, `evaluate`. */
  readonly compiled: CompiledProgram;
  /** The same program for fewer runs, which devices share out; left out: the runs stay together. */
  readonly compiledFor?: (runs: number) => CompiledProgram;
  /** Of the part that these runs are some of; left out: they are all. */
  readonly allRuns?: number;
  /** Leaves of the data slab that stay as they are. */
  readonly data: ReadonlyMap<string, LeafData>;
  /** Controls that stay as they are. */
  readonly controls?: ReadonlyMap<string, Float32Array>;
  /** Initial parameters, `[runs, …]` each. */
  readonly initial: ReadonlyMap<string, Float32Array>;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  plan(epoch: number): EpochPlan;
  /** Row numbers of an epoch's mini-batches, as the leaf `order` wants them. */
  order(epoch: number): Int32Array;
  /** What is measured after every epoch; left out: nothing. */
  readonly validation?: Validation;
  /** Whether the initial parameters may be the result, if nothing better comes. */
  readonly initialCounts?: boolean;
  /** First epoch whose state may be chosen, 0 when left out: the objective is complete from there on. */
  readonly selectionStart?: number;
  /** Left out: all epochs are trained. */
  readonly patience?: Patience;
  /** The error that ends the part when a run leaves the finite numbers; left out: the other runs go on. */
  readonly diverged?: (failure: RunFailure) => NumericError;
}

/** A part of a fit. */
export interface FitPart extends TrainingPart {
  readonly name: PartName;
  readonly validation: Validation;
}

/** Seeds of neighbouring runs must not collide between fits with neighbouring seeds. */
const RUN_SEED_STRIDE = 2 ** 32;

/** Seed of one run of a fit: its initial values and its noise depend on nothing else. */
export function runSeed(seed: number, run: number): number {
  return seed + run * RUN_SEED_STRIDE;
}

/** The Philox keys of the runs, as the leaf `seeds` wants them. */
export function seedWords(seeds: readonly number[]): Int32Array {
  return Int32Array.from(
    seeds.flatMap((seed) => {
      const { low, high } = seedKey(seed);
      return [low, high];
    }),
  );
}
