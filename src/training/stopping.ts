// The stopping rule: which epoch of a run is its result, and when a stage ends, in one process and in shards.

import type { FitConfig } from './config.js';
import type { TrainingState } from './training-state.js';

/** Figures of the rule. */
export interface Stopping {
  /** First epoch whose state may be chosen, because the objective is complete from there on. Default: 0. */
  readonly selectFrom?: number;
  /** Number of epochs without a better objective in any run after which the stage ends. Default: all epochs. */
  readonly patience?: number;
  /** First epoch that patience counts. Default: 0. */
  readonly patienceFrom?: number;
}

/**
 * Returns the rule of the joint model. A state counts when the objective is complete.
 * @param patienceFrom share of the epochs from which patience counts
 */
export function stoppingOf({ epochs, warmStart, ramp, patience }: FitConfig, patienceFrom: number): Stopping {
  const selectFrom = Math.min(epochs - 1, Math.ceil(Math.max(warmStart, ramp) * epochs));
  return { selectFrom, patience, patienceFrom: Math.max(selectFrom, Math.ceil(patienceFrom * epochs)) };
}

/** True if any run has a result. */
export function hasResult({ bestObjective }: Pick<TrainingState, 'bestObjective'>): boolean {
  return bestObjective.some((value) => value < Infinity);
}

/** True if a stage ends: all epochs are done, patience is exhausted, or every run has diverged. */
export function isOver(
  { epochs, runs, stopping }: { readonly epochs: number; readonly runs: number; readonly stopping: Stopping },
  { epoch, improvedAt, failures }: Pick<TrainingState, 'epoch' | 'improvedAt' | 'failures'>,
): boolean {
  const { patience = Infinity, patienceFrom = 0 } = stopping;
  const isHopeless = epoch > Math.max(improvedAt, patienceFrom) + patience;
  return epoch >= epochs || isHopeless || new Set(failures.map(({ restart }) => restart)).size === runs;
}

/**
 * Records the objectives of an epoch; −1 is the initial state.
 * @param objective one value per run; null for a run that has diverged
 * @returns the runs whose state is the best so far
 */
export function recordObjectives(
  state: Pick<TrainingState, 'bestObjective' | 'bestEpoch' | 'improvedAt'>,
  objective: readonly (number | null)[],
  epoch: number,
  { selectFrom = 0 }: Stopping,
): number[] {
  if (epoch >= 0 && epoch < selectFrom) return [];
  return [...objective.keys()].filter((run) => {
    const value = objective[run];
    if (value === null || value >= state.bestObjective[run]) return false;
    state.bestObjective[run] = value;
    state.bestEpoch[run] = epoch;
    state.improvedAt = Math.max(0, epoch);
    return true;
  });
}

/** Returns the rule of one shard of a stage: its patience counts from the last improvement in any ended shard. */
export function stoppingOfShard(stopping: Stopping, ended: readonly Pick<TrainingState, 'improvedAt'>[]): Stopping {
  const { patienceFrom = 0 } = stopping;
  return { ...stopping, patienceFrom: Math.max(patienceFrom, ...ended.map(({ improvedAt }) => improvedAt)) };
}
