// Result of a stage: the best state of every restart, and the ranking of the restarts.

import * as z from 'zod';
import type { CompiledProgram } from '../compile/index.js';
import { NumericError } from '../errors/errors.js';
import { sizeOf } from '../graph/shapes.js';
import type { ParameterValues } from '../inference/inference.js';
import { STAGE_NAMES, type StageName } from './stage.js';
import { hasResult } from './stopping.js';
import {
  failuresSchema,
  type EpochMetrics,
  type RestartValues,
  type StateNumbers,
  type TrainingState,
} from './training-state.js';

/**
 * Rules that rank the restarts of a stage: by the validation objective, or by training and validation subjects together
 * (`scoredByAllSubjects`; with observed causes `scoredByStructure`).
 */
export const RESTART_RULES = ['validation-objective', 'all-subjects'] as const;

export type RestartRule = (typeof RESTART_RULES)[number];

/** Figures of a stage's result. */
export const outcomeSchema = z.object({
  name: z.enum(STAGE_NAMES),
  /** Validation objective of each restart at its best epoch; null for a restart that diverged before one counted. */
  objectives: z.array(z.number().nullable()).readonly(),
  /** Best epoch of each restart; −1 for the initial parameters. */
  bestEpochs: z.array(z.int()).readonly(),
  /** Number of trained epochs. */
  epochs: z.int().min(0),
  failures: failuresSchema.readonly(),
});

export interface StageOutcome extends Readonly<z.infer<typeof outcomeSchema>> {
  /** Parameters of every restart at its best epoch, `[restarts, …]` each. */
  readonly parameters: ParameterValues;
  /** The rule that ranks the restarts; undefined for the validation objective. */
  readonly rule?: RestartRule;
  /** Values that rank the restarts, lower is better; undefined if these are the objectives. */
  readonly scores?: readonly (number | null)[];
  readonly history: readonly EpochMetrics[];
}

/** Restarts that compete for the result of a fit. */
export type SettledRestarts = Pick<StageOutcome, 'parameters' | 'objectives' | 'scores'>;

/** Returns the result of a trained stage. @throws NumericError `all-runs-diverged` */
export function outcomeOf(
  name: StageName,
  state: StateNumbers & Pick<TrainingState, 'history'>,
  parameters: ParameterValues,
): StageOutcome {
  if (!hasResult(state)) {
    throw new NumericError(
      'all-runs-diverged',
      'No restart reached a finite validation objective; lower learningRate.',
    );
  }
  const { bestObjective, bestEpoch: bestEpochs, epoch: epochs, failures, history } = state;
  const objectives = bestObjective.map((value) => (Number.isFinite(value) ? value : null));
  return { name, parameters, objectives, bestEpochs, epochs, failures, history };
}

/** Returns the restarts in ascending order of their score or objective, without those that have none. */
export function ranking({ objectives, scores = objectives }: Pick<StageOutcome, 'objectives' | 'scores'>): number[] {
  const value = (restart: number): number => scores[restart] ?? Infinity;
  return [...objectives.keys()].filter((restart) => value(restart) < Infinity).sort((a, b) => value(a) - value(b));
}

/** Returns the parameters of a program: name → values `[runs, …]`. @param slab all parameters, as the program has them */
export function parametersOf({ parameters }: CompiledProgram, slab: Float32Array): ParameterValues {
  return new Map(
    Object.entries(parameters).map(([name, { offset, shape }]) => [
      name,
      { shape, values: slab.slice(offset, offset + sizeOf(shape)) },
    ]),
  );
}

/** Returns the parameters of some runs, in that order: `[runs.length, …]` each. */
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

/** Returns the number of runs of parameters. */
export function runsOf(parameters: ParameterValues): number {
  const [{ shape }] = parameters.values();
  return shape[0];
}

/**
 * Joins the runs of several sets of parameters, which have the same names and, except for the runs, the same shapes.
 */
export function stackRuns(sets: readonly ParameterValues[]): ParameterValues {
  const runs = sets.reduce((total, set) => total + runsOf(set), 0);
  return new Map(
    [...sets[0]].map(([name, { shape, values }]) => {
      const stacked = new Float32Array((values.length / shape[0]) * runs);
      let start = 0;
      for (const set of sets) {
        const { values: next } = set.get(name)!;
        stacked.set(next, start);
        start += next.length;
      }
      return [name, { shape: [runs, ...shape.slice(1)], values: stacked }];
    }),
  );
}

/** Returns the parameters without the layers that only the warm start uses. */
export function withoutCrossPrediction(parameters: ParameterValues): ParameterValues {
  return new Map([...parameters].filter(([name]) => !name.startsWith('crossPrediction')));
}

/** Returns the values without their shapes, as a stage takes its initial parameters. */
export function valuesOf(parameters: ParameterValues): Map<string, Float32Array> {
  return new Map([...parameters].map(([name, { values }]) => [name, values]));
}

/**
 * Returns the outcome with scores: reconstruction and KL at full weight over training and validation subjects, at the
 * best epochs. Few validation subjects hardly tell restarts apart. And a restart that took private noise for shared
 * variation reconstructs as well as any other restart; only its KL is higher (docs/explanation/evidence.md).
 * @param subjects numbers of training and validation subjects
 */
export function scoredByAllSubjects(
  outcome: StageOutcome,
  subjects: { readonly train: number; readonly validation: number },
): StageOutcome {
  const scores = outcome.objectives.map((objective, restart) => {
    const epoch = outcome.history.at(outcome.bestEpochs[restart]);
    if (objective === null || epoch === undefined) return null;
    const bound = ({ reconstruction, independence }: RestartValues): number =>
      (reconstruction[restart] ?? Infinity) + (independence[restart] ?? Infinity);
    const { train, validation } = subjects;
    return (train * bound(epoch.training) + validation * bound(epoch.validation)) / (train + validation);
  });
  return { ...outcome, rule: 'all-subjects', scores };
}
