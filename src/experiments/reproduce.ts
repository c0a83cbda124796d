// Runs the experiments of figures, one fit after the other. Every fit's record is written when it is done, so that a run
// that was stopped goes on where it was; an interrupted fit goes on from its checkpoint.

import { join } from 'node:path';
import { makeFolder } from '../files/atomic.js';
import { EXPERIMENTS, isPlainCase, type Experiment, type FigureName, type Figures } from './definitions.js';
import { readRecord, writeRecord, type ExperimentRecord } from './record.js';
import { FULL, runFit, settingsOf, type Effort, type FitTask } from './run.js';

export interface ReproduceOptions {
  /** Where records, tables and pictures go. */
  readonly out: string;
  /** Data seeds of each experiment, from 0. */
  readonly seeds: number;
  /** Default: full. */
  readonly effort?: Effort;
  /** 0: one per core. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReproduceProgress) => void;
}

export interface ReproduceProgress {
  /** Fits that have a record. */
  readonly done: number;
  readonly fits: number;
  /** The fit that runs. */
  readonly title: string;
  readonly seed: number;
  /** How far it is, in its own words. */
  readonly state: string;
  /** Until all fits are done, at the speed of those of this call; Infinity before the first. */
  readonly secondsLeft: number;
}

/** An experiment with its records, by seed. */
export interface ExperimentResult {
  readonly experiment: Experiment;
  readonly records: readonly ExperimentRecord[];
}

/** Fewer subjects and restarts, a subset of the experiments, one seed: a check that everything works, not a result. */
export const QUICK: Effort = {
  name: 'quick',
  simulation: { samples: 5000, test: 1500 },
  fit: { runs: 2, restarts: 32, polish: 2 },
  baselineSteps: 0.25,
};

/** What `--quick` lets pass beside the reach of the full run. */
const QUICK_SLACK = { mcc: 0.15, r2: 0.1, shd: 3 } as const;

/**
 * The experiments of some figures, for a quick run those that belong to it, with the reach it is held to. Baselines come with
 * our own fits of the same data.
 */
export function experimentsOf(figures: readonly FigureName[], quick: boolean): Experiment[] {
  const isWanted = (experiment: Experiment) =>
    figures.includes(experiment.figure) || (figures.includes('figure5c') && isPlainCase(experiment));
  return EXPERIMENTS.filter((experiment) => isWanted(experiment) && (!quick || experiment.quick)).map((experiment) =>
    quick && experiment.reach ? { ...experiment, reach: slackened(experiment.reach) } : experiment,
  );
}

function slackened(reach: Figures): Figures {
  return {
    ...(reach.mcc !== undefined && { mcc: reach.mcc - QUICK_SLACK.mcc }),
    ...(reach.r2 !== undefined && { r2: reach.r2 - QUICK_SLACK.r2 }),
    ...(reach.shd !== undefined && { shd: reach.shd + QUICK_SLACK.shd }),
  };
}

/**
 * @throws InputError `other-settings` or `damaged-file` for a record in `out` that does not fit; what a fit throws; the signal's
 *   reason when aborted
 */
export async function reproduce(
  experiments: readonly Experiment[],
  { out, seeds, effort = FULL, threads = 0, signal, onProgress }: ReproduceOptions,
): Promise<ExperimentResult[]> {
  const tasks = experiments.flatMap((experiment) =>
    Array.from({ length: seeds }, (_, seed): FitTask => ({ experiment, seed, effort })),
  );
  const folder = join(out, 'fits');
  await makeFolder(folder);
  const found = new Map<FitTask, ExperimentRecord>();
  for (const task of tasks) {
    const record = await readRecord(recordPath(folder, task), settingsOf(task));
    if (record) found.set(task, record);
  }
  const left = tasks.filter((task) => !found.has(task));
  const started = performance.now();
  let spent = 0;
  for (const [position, task] of left.entries()) {
    signal?.throwIfAborted();
    const { experiment, seed } = task;
    const rest = left.slice(position).reduce((sum, other) => sum + cost(other), 0);
    const report = (state: string): void => {
      const secondsLeft = spent === 0 ? Infinity : ((performance.now() - started) / 1000 / spent) * rest;
      onProgress?.({ done: found.size, fits: tasks.length, title: experiment.title, seed, state, secondsLeft });
    };
    report('simulating');
    const record = await runFit(task, { threads, signal, onProgress: report, checkpoints: join(out, 'checkpoints') });
    found.set(task, await writeRecord(recordPath(folder, task), record));
    spent += cost(task);
  }
  return experiments.map((experiment) => ({
    experiment,
    records: tasks.filter((task) => task.experiment === experiment).flatMap((task) => found.get(task) ?? []),
  }));
}

function recordPath(folder: string, { experiment, seed }: FitTask): string {
  return join(folder, `${experiment.id}-seed${seed}.json`);
}

/** How long a fit takes beside others: in proportion to its modalities and subjects, a baseline a quarter of it. */
function cost({ experiment, effort }: FitTask): number {
  const modalities = { case1: 2, case2: 2, case3: 4, five: 5, six: 6, eight: 8, shared2: 2, shared3: 3 };
  const { samples = 10_000 } = { ...experiment.simulation, ...effort.simulation };
  return modalities[experiment.case] * samples * (experiment.method === 'interlatent' ? 1 : 0.25);
}
