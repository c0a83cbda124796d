// Builds a baseline as a stage for the trainer: a fixed number of epochs with a decaying learning rate, and a run for
// every restart of every value of the swept setting. The last epoch is the result; validation subjects only choose
// among restarts.

import type { Dataset } from '../../src/data/dataset.js';
import { control, data, gather, type Node } from '../../src/graph/index.js';
import type { NoiseSource } from '../../src/networks/latent-prior.js';
import type { Observed } from '../../src/networks/observation-network.js';
import { latentLayout, type LatentLayout } from '../../src/networks/layout.js';
import { groupData, miniBatches, type LeafData } from '../../src/networks/sources.js';
import type { ParameterList } from '../../src/nn/parameters.js';
import { passesOver } from '../../src/training/order.js';
import { valuesOf } from '../../src/training/outcome.js';
import type { ParameterValues } from '../../src/inference/inference.js';
import { modalityShapes } from '../../src/training/model-config.js';
import { scheduleOf } from '../../src/training/schedule.js';
import { restartSeed, type TrainingStage } from '../../src/training/stage.js';
import { ADAM } from '../../src/training/trained-entry.js';
import { trainingStage, type BatchNodes } from '../../src/training/training-stage.js';

/** A baseline as a graph. `x` has a mini-batch for each group of equal modalities. */
export interface BaselineGraph {
  /** Trained parameters, with their initial values. */
  readonly parameters: Pick<ParameterList, 'all' | 'initialValues'>;
  /** Returns the loss of each run, `[runs]`. `labels` has the true latents of the mini-batch, `[1, D, batch]`. */
  readonly loss: (x: readonly Observed[], noise: NoiseSource, labels: Node, settings: Node) => Node;
  /** Returns the latents, `[runs, features, batch]`. */
  readonly latents: (x: readonly Observed[]) => Node;
}

/** Builds the graph for a number of runs. */
export type BuildBaseline = (layout: LatentLayout, runs: number) => BaselineGraph;

export interface BaselineSettings {
  /** Values of the swept setting. */
  readonly swept: readonly number[];
  /** Number of restarts of each value, equal to that of the encoders of our fits. */
  readonly restarts: number;
  /** Share of the steps after which only the best restart continues, as in our fits of images. Default: 1. */
  readonly race?: number;
  readonly batch: number;
  readonly steps: number;
  readonly learningRate: number;
}

export interface BaselineData {
  readonly dataset: Dataset;
  /** True latents, subjects × D: labels for methods that need them. */
  readonly labels: Float64Array;
  readonly seed: number;
  /** Initial parameters, `[runs, …]`. Default: random. */
  readonly initial?: ParameterValues | undefined;
}

const BASELINE_ADAM = { ...ADAM, beta2: 0.999 };
/** Gates, which the paper's objective has, learn like weights. */
const RATES = { gateRate: 1, decayAt: [0.6, 0.85], decay: 1 / 3 };
/** Number of subjects that a step of the entry `latents` encodes. */
export const LATENT_BATCH = 512;

/** Returns the setting of a run. Restarts of a setting are consecutive runs. */
export function settingOf(run: number, { swept, restarts }: Pick<BaselineSettings, 'swept' | 'restarts'>): number {
  return swept[Math.floor(run / restarts)];
}

export function latentSteps({ ids }: Dataset): number {
  return Math.ceil(ids.length / LATENT_BATCH);
}

export function baselineStage(
  build: BuildBaseline,
  { dataset, labels, seed, initial }: BaselineData,
  settings: BaselineSettings,
): TrainingStage {
  const { swept, restarts } = settings;
  const { train } = dataset.split;
  const judged = dataset.split.validation.length > 1 ? dataset.split.validation : train;
  const layout = latentLayout(modalityShapes(dataset));
  const rows = dataset.ids.length;
  const training = passesOver(train, { batch: settings.batch, seed });
  // Subjects beyond the last whole mini-batch do not count.
  const size = Math.min(settings.batch, judged.length);
  const steps = Math.floor(judged.length / size);
  const batchesOf = (order: Node) => miniBatches(layout, rows, order, dataset.modalities);
  const lossOf = (graph: BaselineGraph & { readonly runs: number }, { order, noise }: BatchNodes): Node => {
    const labelsOfBatch = gather(data('labels', [rows, labels.length / rows]), order);
    return graph.loss(batchesOf(order), noise, labelsOfBatch, control('swept', [graph.runs]));
  };
  // All settings use the same seeds, so that runs differ only in the setting.
  const seeds = swept.flatMap(() => Array.from({ length: restarts }, (_, restart) => restartSeed(seed, restart)));
  const everyone = data('everyone', [1, latentSteps(dataset), LATENT_BATCH], 'int32');
  const stage = trainingStage({
    name: 'baseline',
    model: (runs) => ({ ...build(layout, runs), runs }),
    loss: (graph, batch) => ({ loss: lossOf(graph, batch) }),
    validate: (graph, batch) => ({ outputs: { loss: lossOf(graph, batch) } }),
    reads: (graph) => ({ latents: { latents: graph.latents(batchesOf(everyone)) } }),
    seeds,
    data: new Map<string, LeafData>([
      ...groupData(layout, dataset.modalities, rows),
      ['labels', Float32Array.from(labels)],
      ['everyone', Int32Array.from({ length: latentSteps(dataset) * LATENT_BATCH }, (_, i) => i % rows)],
    ]),
    controls: new Map([['swept', Float32Array.from(seeds, (_, run) => settingOf(run, settings))]]),
    training,
    validation: { size, steps, rows: () => judged.slice(0, steps * size) },
    isWhole: true,
    schedule: scheduleOf({
      ...RATES,
      epochs: Math.max(1, Math.round(settings.steps / training.steps)),
      rate: settings.learningRate,
    }),
    adam: BASELINE_ADAM,
  });
  return { ...stage, initial: new Map([...stage.initial, ...(initial ? valuesOf(initial) : [])]) };
}
