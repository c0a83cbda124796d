// Runs one fit: simulates, fits and measures on held-out subjects. Only validation chooses; the truth is for measuring.

import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { BASELINES, type BaselineProgress } from '../baselines/index.js';
import { adjacencyMatrix } from '../../src/causal/index.js';
import { trainingSubjects } from '../../src/simulation/options.js';
import { simulate, type Simulation } from '../../src/simulation/simulate.js';
import { completeCases } from '../../src/data/resample.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { chooseDevice, type DeviceName } from '../../src/runtime/device.js';
import { version } from '../../src/runtime/package.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import type { StageName } from '../../src/training/stage.js';
import type { FitProgress } from '../../src/training/stage-runner.js';
import { seedsOf, type Experiment, type MethodName } from './experiment.js';
import { measure, measureRestarts, type Estimate, type Restarts } from './measure.js';
import type { NewRecord } from './record.js';
import { fitTrueComponents } from './true-components.js';

export interface FitTask {
  readonly experiment: Experiment;
  /** Index of the fit, which determines the seeds of the data and of the fit (`seedsOf`). */
  readonly seed: number;
  readonly effort: Effort;
}

/** Settings that reduce the work of a fit. Absent settings have the defaults of the simulator and of `fit`. */
export interface Effort {
  readonly name: 'full' | 'quick';
  readonly simulation: { readonly samples?: number; readonly test?: number };
  readonly fit: FitSettings;
  /** Factor of the baselines' training steps. */
  readonly baselineSteps: number;
  /** Restarts of the baselines. Default: the number of restarts of our fits. */
  readonly baselineRestarts?: number;
}

export const FULL: Effort = { name: 'full', simulation: {}, fit: {}, baselineSteps: 1 };

export interface FitTaskOptions {
  readonly threads: number;
  readonly device: DeviceName;
  readonly signal?: AbortSignal | undefined;
  /** Receives the progress of the fit, in words and as a share of its time. */
  readonly onProgress?: ((text: string, share: number) => void) | undefined;
  /** Folder for the checkpoints of interrupted fits. */
  readonly checkpoints: string;
}

/**
 * Returns the settings of a fit as text. It contains all defaults, so that a record of other defaults is refused.
 */
export function settingsOf({ experiment, seed: number, effort }: FitTask): string {
  const { fit: seed } = seedsOf(experiment, number);
  const { case: name, fit, method, completeCases: isReduced, asGaussian } = experiment;
  const simulation = { ...experiment.simulation, ...effort.simulation };
  return JSON.stringify({
    case: name,
    simulation,
    ...(isReduced && { completeCases: true }),
    ...(asGaussian && { asGaussian }),
    ...(method === 'interlatent' || method === 'components'
      ? { fit: fitConfig({ ...fit, ...effort.fit, seed }, { subjects: trainingSubjects(simulation) }) }
      : {
          method,
          ...BASELINES[method].settings,
          ...(effort.baselineRestarts !== undefined && { restarts: effort.baselineRestarts }),
          effort: effort.baselineSteps,
        }),
  });
}

export async function runFit(task: FitTask, options: FitTaskOptions): Promise<NewRecord> {
  const { experiment, seed, effort } = task;
  const { data } = seedsOf(experiment, seed);
  const simulation = simulate(experiment.case, { ...experiment.simulation, ...effort.simulation, seed: data });
  const started = performance.now();
  const estimates = await estimate(simulation, experiment.method, task, options);
  const seconds = (performance.now() - started) / 1000;
  const measured = estimates.map((one) => ({ setting: one.setting, ...measure(simulation, one, experiment.edges) }));
  const best = measured.reduce((a, b) => (b.mcc > a.mcc ? b : a));
  return {
    experiment: experiment.id,
    seed,
    method: experiment.method,
    settings: settingsOf(task),
    ...best,
    sweep: measured.length > 1 ? measured : [],
    restarts: estimates[0].restarts ?? null,
    seconds,
    version,
  };
}

async function estimate(
  simulation: Simulation,
  method: MethodName,
  task: FitTask,
  options: FitTaskOptions,
): Promise<Estimate[]> {
  if (method === 'interlatent') return [await fitModel(simulation, task, options)];
  if (method !== 'components') return fitBaseline(simulation, method, task, options);
  const { experiment, effort } = task;
  const { fit: seed } = seedsOf(experiment, task.seed);
  const { threads, signal, onProgress } = options;
  const { device } = await chooseDevice(options.device);
  const config = fitConfig({ ...experiment.fit, ...effort.fit, seed }, { subjects: simulation.split.train.length });
  const hooks = { threads, device, signal, onProgress: onProgress && asFitProgress(onProgress) };
  return [await fitTrueComponents(simulation, simulatedDataset(simulation), config, hooks)];
}

/** Approximate relative time of each stage. Only the estimate of the remaining time depends on it. */
const STAGE_TIME: Readonly<Record<StageName, number>> = {
  joint: 1,
  encoders: 9,
  subspaces: 9,
  residual: 1,
  'subspace-decoders': 1,
  imputation: 1,
  exploration: 3,
  components: 5,
  pruning: 2,
  determined: 1,
  polish: 1,
  decoders: 5,
  missing: 1,
};

function asFitProgress(onProgress: (text: string, share: number) => void): (progress: FitProgress) => void {
  return ({ stage, stages, epoch, epochs }) => {
    const time = (some: readonly StageName[]): number => some.reduce((sum, name) => sum + STAGE_TIME[name], 0);
    const done = time(stages.slice(0, stages.indexOf(stage))) + (STAGE_TIME[stage] * epoch) / epochs;
    onProgress(`${stage} ${epoch}/${epochs}`, done / time(stages));
  };
}

async function fitModel(
  simulation: Simulation,
  { experiment, seed, effort }: FitTask,
  { threads, device, signal, onProgress, checkpoints }: FitTaskOptions,
): Promise<Estimate> {
  const simulated = simulatedDataset(simulation, { asGaussian: experiment.asGaussian ?? false });
  const dataset = experiment.completeCases ? completeCases(simulated) : simulated;
  const folder = join(checkpoints, `${experiment.id}-seed${seed}`);
  let restarts: Restarts | undefined;
  const model = await MultimodalCausalModel.fit(dataset, {
    ...experiment.fit,
    ...effort.fit,
    seed: seedsOf(experiment, seed).fit,
    threads,
    device,
    folder,
    resume: true,
    signal,
    evidence: 'none',
    onProgress: onProgress && asFitProgress(onProgress),
    onRestarts: (competing) => {
      restarts = measureRestarts(simulation, competing);
    },
  });
  try {
    const latents = await model.encode(dataset);
    const blocks = dataset.modalities.map(({ name, latents: count }) => ({ latents: count, values: latents[name] }));
    return { setting: '', blocks, adjacency: adjacencyMatrix(model.graph), restarts };
  } finally {
    await model.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

async function fitBaseline(
  simulation: Simulation,
  method: keyof typeof BASELINES,
  { seed, effort }: FitTask,
  { threads, device, signal, onProgress }: FitTaskOptions,
): Promise<Estimate[]> {
  return BASELINES[method].fit({
    dataset: simulatedDataset(simulation),
    truth: { z: simulation.z, adjacency: simulation.adjacency },
    seed,
    effort: effort.baselineSteps,
    restarts: effort.baselineRestarts,
    threads,
    device,
    signal,
    onProgress:
      onProgress &&
      (({ step, steps }: BaselineProgress) => {
        onProgress(`step ${step}/${steps}`, step / steps);
      }),
  });
}
