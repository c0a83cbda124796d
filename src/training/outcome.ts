// What a part of a fit ends in: every run's best state and which run is chosen.

import { NumericError } from '../errors.js';
import type { ParameterValues } from '../inference/inference.js';
import type { PartName } from './part.js';
import type { EpochMetrics, RunFailure, RunState, RunValues } from './run-state.js';

/**
 * What ranks the runs of a stage: its validation objective, or the reconstruction and KL of training and validation
 * subjects together (`scoredByAllSubjects`).
 */
export const RUN_RULES = ['validation-objective', 'all-subjects'] as const;

export type RunRule = (typeof RUN_RULES)[number];

export interface PartOutcome {
  readonly name: PartName;
  /** Best state of every run, `[runs, …]` each. */
  readonly parameters: ParameterValues;
  /** Validation objective of each run at its best epoch; null for a run that ended before one counted. */
  readonly objectives: readonly (number | null)[];
  /** What ranks the runs; left out: the validation objective. */
  readonly rule?: RunRule;
  /** What runs are ranked by where it is not the objective, the lower the better; see `scoredByAllSubjects`. */
  readonly scores?: readonly (number | null)[];
  /** −1: the initial parameters. */
  readonly bestEpochs: readonly number[];
  /** Epochs done. */
  readonly epochs: number;
  readonly failures: readonly RunFailure[];
  readonly history: readonly EpochMetrics[];
}

/** @throws NumericError `all-runs-diverged` */
export function outcomeOf({
  name,
  parameters,
  bestObjective,
  bestEpoch,
  epoch,
  failures,
  history,
}: TrainedRuns): PartOutcome {
  if (bestObjective.every((value) => value === Infinity)) {
    throw new NumericError('all-runs-diverged', 'No run reached a finite validation objective; lower learningRate.');
  }
  const objectives = bestObjective.map((value) => (Number.isFinite(value) ? value : null));
  return { name, parameters, objectives, bestEpochs: bestEpoch, epochs: epoch, failures, history };
}

/** What training leaves of a part's runs. */
export type TrainedRuns = Pick<PartOutcome, 'name' | 'parameters'> &
  Pick<RunState, 'bestObjective' | 'bestEpoch' | 'epoch' | 'failures' | 'history'>;

/** Runs from the lowest score, or objective, up; those without one are left out. */
export function ranking({ objectives, scores = objectives }: Pick<PartOutcome, 'objectives' | 'scores'>): number[] {
  const value = (run: number): number => scores[run] ?? Infinity;
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

/** How many runs there are parameters of. */
export function runsOf(parameters: ParameterValues): number {
  const [{ shape }] = parameters.values();
  return shape[0];
}

/** The runs of several sets of parameters one after the other; all have the same names and shapes but for the runs. */
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

/** Without the layers that only served the warm start. */
export function withoutCrossPrediction(parameters: ParameterValues): ParameterValues {
  return new Map([...parameters].filter(([name]) => !name.startsWith('crossPrediction')));
}

/** The values alone, as a part takes its initial parameters. */
export function valuesOf(parameters: ParameterValues): Map<string, Float32Array> {
  return new Map([...parameters].map(([name, { values }]) => [name, values]));
}

/**
 * Runs scored by reconstruction and KL at full weight over training and validation subjects, at their best epochs. Few
 * validation subjects hardly tell runs apart; and a run that has taken private noise for what modalities share
 * reconstructs as well as any, only its KL is higher (docs/evidence.md).
 * @param subjects of the training and of the validation part
 */
export function scoredByAllSubjects(
  outcome: PartOutcome,
  subjects: { readonly train: number; readonly validation: number },
): PartOutcome {
  const scores = outcome.objectives.map((objective, run) => {
    const epoch = outcome.history.at(outcome.bestEpochs[run]);
    if (objective === null || epoch === undefined) return null;
    const bound = ({ reconstruction, independence }: RunValues): number =>
      (reconstruction[run] ?? Infinity) + (independence[run] ?? Infinity);
    const { train, validation } = subjects;
    return (train * bound(epoch.training) + validation * bound(epoch.validation)) / (train + validation);
  });
  return { ...outcome, rule: 'all-subjects', scores };
}
