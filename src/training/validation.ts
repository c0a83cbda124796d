// What the entry `evaluate` says after an epoch: values by name, and the objective that chooses epoch and run.

import type { ProgramEntry } from '../runtime/program.js';
import type { RunValues } from './run-state.js';

export interface Validation {
  /** Steps of the entry: one per batch. */
  readonly steps: number;
  /**
   * @param results of all steps
   * @param of where they come from: the entry, of all runs of a part or of some
   * @returns `objective`, where epochs and runs compete: the lower the better
   */
  score(results: Float32Array, of: EvaluatedRuns): RunValues;
}

export interface EvaluatedRuns {
  readonly entry: ProgramEntry;
  readonly runs: number;
}

/** Terms, the entry's outputs, `[runs]` each, and their weighted sum, the objective. */
export function weightedTerms(steps: number, weights: Readonly<Record<string, number | undefined>>): Validation {
  return {
    steps,
    score(results, { entry, runs }) {
      const terms = meanOutputs(entry, runs, results);
      const objective = Array.from({ length: runs }, (_, run) => {
        const total = Object.entries(terms).reduce((sum, [name, values]) => sum + weights[name]! * values[run], 0);
        return Number.isFinite(total) ? total : null;
      });
      return { ...terms, objective };
    },
  };
}

/** Means over the steps of an entry's outputs, `[runs]` each. */
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
