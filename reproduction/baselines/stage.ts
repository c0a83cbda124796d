// Builds a baseline as a stage for the trainer: a fixed number of epochs with a decaying learning rate, and a run for
// every restart of every value of the swept setting. The last epoch is the result; validation subjects only choose
// among restarts.

import { compile } from '../../src/compile/index.js';
import type { Dataset } from '../../src/data/dataset.js';
import { control, data, gather, type Node } from '../../src/graph/index.js';
import type { NoiseSource } from '../../src/networks/latent-prior.js';
import type { Observed } from '../../src/networks/observation-network.js';
import { latentLayout, type LatentLayout } from '../../src/networks/layout.js';
import { groupData, miniBatches, PhiloxNoise, type LeafData } from '../../src/networks/sources.js';
import { RATE_GROUPS, type ParameterList } from '../../src/nn/parameters.js';
import { passesOver } from '../../src/training/order.js';
import type { ParameterValues } from '../../src/inference/inference.js';
import { restartSeed, seedWords, type TrainingStage } from '../../src/training/stage.js';
import { modalityShapes } from '../../src/training/program.js';
import { ADAM, trainedEntry } from '../../src/training/trained-entry.js';

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
/** The learning rate falls to a third after each of these shares of the steps. */
const DECAY_AT = [0.6, 0.85] as const;
/** Number of subjects that a step of the entry `latents` encodes. */
export const LATENT_BATCH = 512;

/** First noise stream of validation, which training does not use. */
const VALIDATION_NOISE = 0x1000;

/** The stage of a baseline. */
export interface BaselineStage extends TrainingStage {
  /** Number of steps of the entry `validate`. */
  readonly validationSteps: number;
}

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
): BaselineStage {
  const { swept, restarts, learningRate } = settings;
  const { train } = dataset.split;
  const judged = dataset.split.validation.length > 1 ? dataset.split.validation : train;
  const layout = latentLayout(modalityShapes(dataset));
  const runs = swept.length * restarts;
  const graph = build(layout, runs);
  const rows = dataset.ids.length;
  const batch = Math.min(settings.batch, train.length);
  const batches = Math.floor(train.length / batch);
  const epochs = Math.max(1, Math.round(settings.steps / batches));

  const order = data('order', [1, batches, batch], 'int32');
  const judgedBatch = Math.min(settings.batch, judged.length);
  const validationSteps = Math.floor(judged.length / judgedBatch);
  const validated = data('validated', [1, validationSteps, judgedBatch], 'int32');
  const everyone = data('everyone', [1, latentSteps(dataset), LATENT_BATCH], 'int32');
  const seedLeaf = data('seeds', [runs, 2], 'int32');
  const labelLeaf = data('labels', [rows, labels.length / rows]);
  const setting = control('swept', [runs]);
  const lossOf = (subjects: Node, firstStream: number): Node =>
    graph.loss(
      miniBatches(layout, rows, subjects, dataset.modalities),
      new PhiloxNoise(seedLeaf, firstStream),
      gather(labelLeaf, subjects),
      setting,
    );
  const loss = lossOf(order, 0);
  const compiled = compile({
    runs,
    rates: RATE_GROUPS,
    entries: {
      step: trainedEntry(loss, graph.parameters.all, { adam: BASELINE_ADAM }),
      validate: { outputs: { loss: lossOf(validated, VALIDATION_NOISE) } },
      latents: { outputs: { latents: graph.latents(miniBatches(layout, rows, everyone, dataset.modalities)) } },
    },
  });
  // All settings use the same seeds, so that runs differ only in the setting.
  const seeds = swept.flatMap(() => Array.from({ length: restarts }, (_, restart) => restartSeed(seed, restart)));
  return {
    name: 'baseline',
    runs,
    validationSteps,
    compiled,
    data: new Map<string, LeafData>([
      ...groupData(layout, dataset.modalities, rows),
      ['labels', Float32Array.from(labels)],
      ['seeds', seedWords(seeds)],
      ['validated', judged.slice(0, validationSteps * judgedBatch)],
      ['everyone', Int32Array.from({ length: latentSteps(dataset) * LATENT_BATCH }, (_, i) => i % rows)],
    ]),
    controls: new Map([['swept', Float32Array.from(seeds, (_, run) => settingOf(run, settings))]]),
    initial: new Map([
      ...graph.parameters.initialValues(seeds),
      ...Array.from(initial ?? [], ([name, { values }]) => [name, values] as const),
    ]),
    epochs,
    stepsPerEpoch: batches,
    plan(epoch) {
      const decays = DECAY_AT.filter((at) => epoch >= at * epochs).length;
      const rate = learningRate * (1 / 3) ** decays;
      return { phase: 'step', rates: [rate, rate] };
    },
    order: (epoch) => passesOver(train, { count: batch * batches, passes: 1, seed, epoch }),
  };
}
