// What a part of a fit has found: every run's best state and which run is chosen.

import type { ParameterValues } from './inference.js';
import type { PartName } from './part.js';
import type { EpochMetrics, RunFailure } from './run-state.js';

export interface PartOutcome {
  readonly name: PartName;
  /** Best state of every run, `[runs, …]` each. */
  readonly parameters: ParameterValues;
  /** Validation objective of each run at its best epoch; null for a run that ended before one counted. */
  readonly objectives: readonly (number | null)[];
  /** −1: the initial parameters. */
  readonly bestEpochs: readonly number[];
  /** Epochs done. */
  readonly epochs: number;
  readonly failures: readonly RunFailure[];
  readonly history: readonly EpochMetrics[];
}

/** Runs from the lowest objective up; those without one are left out. */
export function ranking({ objectives }: Pick<PartOutcome, 'objectives'>): number[] {
  const value = (run: number): number => objectives[run] ?? Infinity;
  return [...objectives.keys()].filter((run) => value(run) < Infinity).sort((a, b) => value(a) - value(b));
}

/** The parameters of some runs, in that order: `[runs.length, …]` each. */
export function selectRuns(parameters: ParameterValues, runs: readonly number[]): ParameterValues {
  return new Map(
    [...parameters].map(([name, { shape, values }]) => {
      const perRun = values.length / shape[0];
      const selected = new Float32Array(runs.length * perRun);
      runs.forEach((run, i) => {
        selected.set(values.subarray(run * perRun, (run + 1) * perRun), i * perRun);
      });
      return [name, { shape: [runs.length, ...shape.slice(1)], values: selected }];
    }),
  );
}

/** Without the layers that only served the warm start. */
export function withoutCrossPrediction(parameters: ParameterValues): ParameterValues {
  return new Map([...parameters].filter(([name]) => !name.startsWith('crossPrediction')));
}

/** The values alone, as a part takes its initial parameters. */
export function valuesOf(parameters: ParameterValues): Map<string, Float32Array> {
  return new Map([...parameters].map(([name, { values }]) => [name, values]));
}
