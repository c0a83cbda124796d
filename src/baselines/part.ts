// A baseline as a part for the trainer: a fixed number of epochs at a falling rate, every value of the swept setting as
// a run. Nothing is validated, so the last epoch is the result.

import { compile } from '../compile/index.js';
import type { Dataset } from '../data/dataset.js';
import { NumericError } from '../errors.js';
import { control, data, gather, type Node } from '../graph/index.js';
import type { NoiseSource } from '../models/latent-prior.js';
import type { Observed } from '../models/observation-network.js';
import { latentLayout, type LatentLayout } from '../models/layout.js';
import { groupData, miniBatches, PhiloxNoise, type LeafData } from '../models/sources.js';
import { RATE_GROUPS, type ParameterList } from '../nn/parameters.js';
import { passesOver } from '../training/order.js';
import { seedWords, type TrainingPart } from '../training/part.js';
import { modalityShapes } from '../training/program.js';
import { ADAM, trainedEntry } from '../training/trained-entry.js';

/** A baseline as a graph. x: mini-batch per group of equal modalities. */
export interface BaselineGraph {
  /** Those that are trained, and initial values of at least these. */
  readonly parameters: Pick<ParameterList, 'all' | 'initialValues'>;
  /** Per run, `[runs]`. `labels`: the truth of the mini-batch, `[1, D, batch]`. */
  readonly loss: (x: readonly Observed[], noise: NoiseSource, labels: Node, settings: Node) => Node;
  /** Latents, `[runs, features, batch]`. */
  readonly latents: (x: readonly Observed[]) => Node;
}

/** The graph for a number of runs. */
export type BuildBaseline = (layout: LatentLayout, runs: number) => BaselineGraph;

export interface BaselineSettings {
  /** Values of the swept setting: one run each. */
  readonly swept: readonly number[];
  readonly batch: number;
  readonly steps: number;
  readonly learningRate: number;
}

export interface BaselineData {
  readonly dataset: Dataset;
  /** Subjects × D. Labels for methods that need them. */
  readonly labels: Float64Array;
  readonly seed: number;
}

const BASELINE_ADAM = { ...ADAM, beta2: 0.999 };
/** The learning rate falls to a third after these parts of the steps. */
const DECAY_AT = [0.6, 0.85] as const;
/** Subjects whose latents are read in one step of the entry `latents`. */
export const LATENT_BATCH = 512;

export function latentSteps({ ids }: Dataset): number {
  return Math.ceil(ids.length / LATENT_BATCH);
}

export function baselinePart(
  build: BuildBaseline,
  { dataset, labels, seed }: BaselineData,
  settings: BaselineSettings,
): TrainingPart {
  const { swept, learningRate } = settings;
  const { train } = dataset.split;
  const layout = latentLayout(modalityShapes(dataset));
  const runs = swept.length;
  const graph = build(layout, runs);
  const rows = dataset.ids.length;
  const batch = Math.min(settings.batch, train.length);
  const batches = Math.floor(train.length / batch);
  const epochs = Math.max(1, Math.round(settings.steps / batches));

  const order = data('order', [1, batches, batch], 'int32');
  const everyone = data('everyone', [1, latentSteps(dataset), LATENT_BATCH], 'int32');
  const noise = new PhiloxNoise(data('seeds', [runs, 2], 'int32'), 0);
  const labelBatches = gather(data('labels', [rows, labels.length / rows]), order);
  const loss = graph.loss(
    miniBatches(layout, rows, order, dataset.modalities),
    noise,
    labelBatches,
    control('swept', [runs]),
  );
  const compiled = compile({
    runs,
    rates: RATE_GROUPS,
    entries: {
      step: trainedEntry(loss, graph.parameters.all, { adam: BASELINE_ADAM }),
      latents: { outputs: { latents: graph.latents(miniBatches(layout, rows, everyone, dataset.modalities)) } },
    },
  });
  // One seed for all settings: they differ in the setting alone.
  const seeds = swept.map(() => seed);
  return {
    name: 'baseline',
    runs,
    compiled,
    data: new Map<string, LeafData>([
      ...groupData(layout, dataset.modalities, rows),
      ['labels', Float32Array.from(labels)],
      ['seeds', seedWords(seeds)],
      ['everyone', Int32Array.from({ length: latentSteps(dataset) * LATENT_BATCH }, (_, i) => i % rows)],
    ]),
    controls: new Map([['swept', Float32Array.from(swept)]]),
    initial: graph.parameters.initialValues(seeds),
    epochs,
    stepsPerEpoch: batches,
    plan(epoch) {
      const decays = DECAY_AT.filter((at) => epoch >= at * epochs).length;
      const rate = learningRate * (1 / 3) ** decays;
      return { stage: 'step', rates: [rate, rate] };
    },
    order: (epoch) => passesOver(train, { count: batch * batches, passes: 1, seed, epoch }),
    diverged: ({ run, step, tensor }) =>
      new NumericError(
        'all-runs-diverged',
        `The baseline left the finite numbers at setting ${swept[run]}, in "${tensor}" at step ${step}; ` +
          'lower its learning rate.',
        { setting: swept[run], step },
      ),
  };
}
