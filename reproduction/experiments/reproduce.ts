// Runs the fits of experiments in sequence. Each fit writes its record when it ends, so a second call continues where
// the first one stopped. An interrupted fit continues from its checkpoint.

import { join } from 'node:path';
import { InputError } from '../../src/errors/errors.js';
import { CASES } from '../../src/simulation/cases.js';
import { makeFolder } from '../../src/files/atomic.js';
import type { DeviceName } from '../../src/runtime/device.js';
import { didYouMean } from '../../src/errors/suggestion.js';
import { EXPERIMENTS, isPlainCase } from './definitions.js';
import { FIGURE_NAMES, type Experiment, type Figures } from './experiment.js';
import { readRecord, writeRecord, type ExperimentRecord } from './record.js';
import { FULL, runFit, settingsOf, type Effort, type FitTask } from './run.js';

export interface ReproduceOptions {
  /** Folder of records, tables and figures. */
  readonly out: string;
  /** Number of data seeds of each experiment. */
  readonly seeds: number;
  /** First data seed. Default: 0. */
  readonly firstSeed?: number | undefined;
  /** Default: full. */
  readonly effort?: Effort;
  /** 0 for one thread per core. */
  readonly threads?: number;
  readonly device?: DeviceName;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReproduceProgress) => void;
}

export interface ReproduceProgress {
  /** Number of fits that have a record. */
  readonly done: number;
  readonly fits: number;
  /** Title of the current experiment. */
  readonly title: string;
  readonly seed: number;
  /** Progress of the current fit, in words. */
  readonly state: string;
  /** Estimated time until all fits are done, from the speed of this call. Infinity before any progress. */
  readonly secondsLeft: number;
}

/** An experiment with the records of its seeds. */
export interface ExperimentResult {
  readonly experiment: Experiment;
  readonly records: readonly ExperimentRecord[];
}

/** Fewer subjects and restarts than a full run: a check that everything works, not a result. */
export const QUICK: Effort = {
  name: 'quick',
  simulation: { samples: 5000, test: 1500 },
  fit: { encoderRestarts: 2, componentRestarts: 32, epochs: 60, batch: 512, patience: 20, polish: 2 },
  baselineSteps: 0.25,
  baselineRestarts: 2,
};

/** How far a quick run may miss the reach of the full run. */
const QUICK_SLACK = { mcc: 0.15, r2: 0.1, shd: 3 } as const;

/**
 * Returns the experiments that figures or ids name, and with baselines our fits of the same data. A quick run includes
 * only some experiments and gives them a looser reach.
 *
 * @param names figures, ids of experiments, or `all`
 * @throws InputError `unknown-case`; `invalid-option` if a quick run includes none of them
 */
export function experimentsOf(names: readonly string[], quick: boolean): Experiment[] {
  const known = [...FIGURE_NAMES, 'all', ...EXPERIMENTS.map(({ id }) => id)];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new InputError(
      'unknown-case',
      `no figure or experiment '${unknown}'${didYouMean(unknown, known)}; ` +
        `figures are ${FIGURE_NAMES.join(', ')} and all, ` +
        `experiments ${EXPERIMENTS.map(({ id }) => id).join(', ')}`,
    );
  }
  const isNamed = (experiment: Experiment) =>
    ['all', experiment.figure, experiment.id].some((name) => names.includes(name)) ||
    (names.includes('figure5c') && isPlainCase(experiment));
  const named = EXPERIMENTS.filter(isNamed);
  if (!quick) return named;
  const quickOnes = named.filter((experiment) => experiment.quick);
  if (quickOnes.length === 0) {
    throw new InputError('invalid-option', `a quick run includes none of ${names.join(', ')}. Leave out --quick`);
  }
  return quickOnes.map((experiment) =>
    experiment.reach ? { ...experiment, reach: slackened(experiment.reach) } : experiment,
  );
}

function slackened(reach: Figures): Figures {
  return {
    mcc: reach.mcc === undefined ? undefined : reach.mcc - QUICK_SLACK.mcc,
    r2: reach.r2 === undefined ? undefined : reach.r2 - QUICK_SLACK.r2,
    shd: reach.shd === undefined ? undefined : reach.shd + QUICK_SLACK.shd,
    worst: reach.worst === undefined ? undefined : reach.worst - QUICK_SLACK.mcc,
  };
}

/**
 * Runs all fits that have no record yet and returns all records. Every experiment gets its first data set before any
 * gets its second, so that an early stop leaves results for all.
 *
 * @throws InputError `checkpoint-mismatch` or `damaged-file` for a record that cannot be used; what a fit throws;
 *   the signal's reason when aborted
 */
export async function reproduce(
  experiments: readonly Experiment[],
  { out, seeds, firstSeed = 0, effort = FULL, threads = 0, device = 'cpu', signal, onProgress }: ReproduceOptions,
): Promise<ExperimentResult[]> {
  const folder = join(out, 'fits');
  await makeFolder(folder);
  const tasks = tasksOf(experiments, { seeds, firstSeed, effort });
  const pending: FitTask[] = [];
  for (const task of tasks) if (!(await recordOf(out, task))) pending.push(task);
  const start = performance.now();
  let spent = 0;
  for (const [position, task] of pending.entries()) {
    signal?.throwIfAborted();
    const { experiment, seed } = task;
    const done = tasks.length - pending.length + position;
    const rest = pending.slice(position).reduce((sum, other) => sum + cost(other), 0);
    const report = (state: string, share: number): void => {
      const costSoFar = share * cost(task);
      const used = spent + costSoFar;
      const secondsLeft = used === 0 ? Infinity : ((performance.now() - start) / 1000 / used) * (rest - costSoFar);
      onProgress?.({ done, fits: tasks.length, title: experiment.title, seed, state, secondsLeft });
    };
    report('simulating', 0);
    const checkpoints = join(out, 'checkpoints');
    const record = await runFit(task, { threads, device, signal, onProgress: report, checkpoints });
    await writeRecord(recordPath(out, task), record);
    spent += cost(task);
  }
  return finished(experiments, { out, seeds, firstSeed, effort });
}

/** Returns the records in `out`. @throws InputError `checkpoint-mismatch`, `damaged-file` */
export async function finished(
  experiments: readonly Experiment[],
  { out, seeds, firstSeed = 0, effort = FULL }: Pick<ReproduceOptions, 'out' | 'seeds' | 'firstSeed' | 'effort'>,
): Promise<ExperimentResult[]> {
  const results: ExperimentResult[] = [];
  for (const experiment of experiments) {
    const records: ExperimentRecord[] = [];
    for (const task of tasksOf([experiment], { seeds, firstSeed, effort })) {
      const record = await recordOf(out, task);
      if (record) records.push(record);
    }
    results.push({ experiment, records });
  }
  return results;
}

interface DataSeeds {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly effort: Effort;
}

function tasksOf(experiments: readonly Experiment[], { seeds, firstSeed, effort }: DataSeeds): FitTask[] {
  return Array.from({ length: seeds }, (_, i) => firstSeed + i).flatMap((data) =>
    experiments.flatMap((experiment) => {
      const { fitsPerDataSet = 1 } = experiment;
      return Array.from({ length: fitsPerDataSet }, (_fit, fit): FitTask => {
        return { experiment, seed: data * fitsPerDataSet + fit, effort };
      });
    }),
  );
}

function recordOf(out: string, task: FitTask): Promise<ExperimentRecord | undefined> {
  return readRecord(recordPath(out, task), settingsOf(task));
}

function recordPath(out: string, { experiment, seed }: FitTask): string {
  return join(out, 'fits', `${experiment.id}-seed${seed}.json`);
}

/**
 * Returns the relative time of a fit: proportional to its modalities and subjects, and less for a baseline or the
 * component stage alone.
 */
function cost({ experiment, effort }: FitTask): number {
  const { samples = 10_000 } = { ...experiment.simulation, ...effort.simulation };
  return CASES[experiment.case].modalities * samples * (experiment.method === 'interlatent' ? 1 : 0.4);
}
