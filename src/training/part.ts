// One part of a fit as the trainer sees it: a compiled program, its data, and what changes from epoch to epoch.
// A joint fit has one part; a two-part fit has five: subspaces, exploration, components, pruning, polish.

import type { CompiledProgram } from '../compile/index.js';
import { seedKey } from '../random/streams.js';

export const PART_NAMES = ['joint', 'subspaces', 'exploration', 'components', 'pruning', 'polish'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** What one epoch does. */
export interface EpochPlan {
  /** The program's entry that trains. */
  readonly stage: string;
  /** Learning rates of the groups `weights` and `gates`. */
  readonly rates: readonly [number, number];
  readonly sparsityWeight: number;
}

export interface TrainingPart {
  readonly name: PartName;
  readonly runs: number;
  /** Entries: the stages of the plan, and `evaluate`, which gives the terms of the validation objective. */
  readonly compiled: CompiledProgram;
  /** Leaves of the data slab that stay as they are. */
  readonly data: ReadonlyMap<string, Float32Array | Int32Array>;
  /** Initial parameters, `[runs, …]` each. */
  readonly initial: ReadonlyMap<string, Float32Array>;
  /** Whether the initial parameters may be the result, if nothing better comes. */
  readonly initialCounts: boolean;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly validationSteps: number;
  plan(epoch: number): EpochPlan;
  /** Row numbers of an epoch's mini-batches, steps × batch. */
  order(epoch: number): Int32Array;
  /** Weight of each validation term in the objective that chooses epoch and run. */
  readonly objective: Readonly<Record<string, number>>;
  /** First epoch whose state may be chosen: the objective is complete from there on. */
  readonly selectionStart: number;
  /** Patience counts from here. */
  readonly patienceStart: number;
  /** Epochs without a better objective in any run before the part ends. */
  readonly patience: number;
}

/** Stream of the order of mini-batches; far from the programs' noise. */
export const ORDER_STREAM = 0x20000;
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
