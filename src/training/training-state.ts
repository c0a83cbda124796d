// The state of a stage in training: everything that a checkpoint or a shard holds, except for the program itself. Each
// field is listed here once; files are written, read and checked by this list.

import * as z from 'zod';
import type { InputError } from '../errors/errors.js';
import type { Tensor, TensorFile } from '../files/safetensors.js';

const count = z.int().min(0);

/** By name, one value per restart; null for a restart that has diverged. */
const restartValues = z.record(z.string(), z.array(z.number().nullable()).readonly()).readonly();
export type RestartValues = z.infer<typeof restartValues>;

/** One line of metrics.jsonl, with means over an epoch. */
export const epochSchema = z.object({
  stage: z.string(),
  /** Number of the epoch within the stage, from 0. */
  epoch: count,
  phase: z.string(),
  learningRate: z.number(),
  sparsityWeight: z.number(),
  seconds: z.number(),
  training: restartValues,
  validation: restartValues,
});
export type EpochMetrics = Readonly<z.infer<typeof epochSchema>>;

/** A restart that diverged: it keeps its last finite state, and the other restarts continue. */
const failureSchema = z.object({
  restart: count,
  step: count,
  /** Name of the first tensor that was not finite. */
  tensor: z.string(),
});
export type RestartFailure = Readonly<z.infer<typeof failureSchema>>;
export const failuresSchema = z.array(failureSchema);

/** Numbers of the state as a file holds them. JSON has no Infinity; null means "no objective yet". */
export const numbersSchema = z.object({
  /** Number of finished epochs. */
  epoch: count,
  /** Best validation objective of each restart; Infinity before the first one. */
  bestObjective: z.array(
    z
      .number()
      .nullable()
      .transform((value) => value ?? Infinity),
  ),
  bestEpoch: z.array(z.int()),
  /** Last epoch in which any restart improved. */
  improvedAt: count,
  failures: failuresSchema,
});

/** Slabs of the state. `best` has the parameters of each restart at its best validation objective. */
const SLABS = ['parameters', 'moments', 'best'] as const;

export type StateNumbers = z.output<typeof numbersSchema>;
type TrainingSlabs = Record<(typeof SLABS)[number], Float32Array>;
export type TrainingState = StateNumbers & TrainingSlabs & { history: EpochMetrics[] };

/** Returns the state before the first epoch. */
export function initialState(runs: number, slabs: Pick<TrainingState, 'parameters' | 'moments'>): TrainingState {
  const perRun = (value: number): number[] => new Array<number>(runs).fill(value);
  return {
    ...slabs,
    best: slabs.parameters.slice(),
    epoch: 0,
    bestObjective: perRun(Infinity),
    bestEpoch: perRun(-1),
    improvedAt: 0,
    failures: [],
    history: [],
  };
}

/** Returns a state, without its history, as numbers and tensors of a file. @param prefix of the names of the tensors */
export function writtenState(state: StateNumbers & TrainingSlabs, prefix = '') {
  const names = Object.keys(numbersSchema.shape) as (keyof StateNumbers)[];
  return {
    numbers: Object.fromEntries(names.map((name) => [name, state[name]])) as StateNumbers,
    tensors: SLABS.map((name): [string, Tensor] => {
      const data = state[name];
      return [`${prefix}${name}`, { shape: [data.length], data }];
    }),
  };
}

/**
 * Returns a state from the numbers and tensors of a file.
 * @param refused returns the error for a problem with the file
 */
export function readState<Numbers extends StateNumbers>(
  numbers: Numbers,
  tensors: TensorFile['tensors'],
  refused: (problem: string) => InputError,
  prefix = '',
): Numbers & TrainingSlabs {
  const slabs = SLABS.map((name) => [name, float32Tensor(tensors, `${prefix}${name}`, refused)] as const);
  const state = { ...numbers, ...(Object.fromEntries(slabs) as TrainingSlabs) };
  if (state.best.length !== state.parameters.length) throw refused(`tensor '${prefix}best' has another size`);
  if (state.bestEpoch.length !== state.bestObjective.length) throw refused('bestEpoch has another size');
  return state;
}

/** Returns a tensor. @param refused see `readState` */
export function float32Tensor(
  tensors: TensorFile['tensors'],
  name: string,
  refused: (problem: string) => InputError,
): Float32Array {
  const data = tensors.get(name)?.data;
  if (!(data instanceof Float32Array)) throw refused(`tensor '${name}' is missing or not float32`);
  return data;
}

/** Returns a copy, which training can change. */
export function copyOf(state: TrainingState): TrainingState {
  const copied = Object.entries(state).map(([name, value]) => [
    name,
    typeof value === 'number' ? value : value.slice(),
  ]);
  return Object.fromEntries(copied) as TrainingState;
}
