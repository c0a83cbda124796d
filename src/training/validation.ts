// Scores of the entry `evaluate` after an epoch: values by name, and the objective that chooses epoch and restart.

import type { ProgramEntry } from '../runtime/program.js';
import type { RestartValues } from './training-state.js';

export interface Validation {
  /** Number of steps of the entry, one per batch. */
  readonly steps: number;
  /** Scores every epoch; undefined if only the caller reads the entry. */
  readonly score?: Score | undefined;
}

/**
 * Returns the scores. `objective` ranks epochs and restarts; lower is better.
 * @param results results of all steps
 * @param of the entry, and the number of runs that it evaluated
 */
export type Score = (results: Float32Array, of: EvaluatedRuns) => RestartValues;

export interface EvaluatedRuns {
  readonly entry: ProgramEntry;
  readonly runs: number;
}

/** Returns the scores by the entry's outputs, `[runs]` each. The objective is their weighted sum. */
export function weightedTerms(weights: Readonly<Record<string, number | undefined>>): Score {
  return (results, { entry, runs }) => {
    const terms = meanOutputs(entry, runs, results);
    const objective = Array.from({ length: runs }, (_, run) => {
      const total = Object.entries(terms).reduce((sum, [name, values]) => sum + weights[name]! * values[run], 0);
      return Number.isFinite(total) ? total : null;
    });
    return { ...terms, objective };
  };
}

/** Returns the means of an entry's outputs over the steps, `[runs]` each. */
export function meanOutputs(
  { outputs, outputSize }: ProgramEntry,
  runs: number,
  results: Float32Array,
): Record<string, number[]> {
  const scale = 1 / (results.length / outputSize);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { offset }]) => {
      const means = Array.from({ length: runs }, (_, run) => {
        let total = 0;
        for (let at = offset + run; at < results.length; at += outputSize) total += results[at];
        return total * scale;
      });
      return [name, means];
    }),
  );
}
