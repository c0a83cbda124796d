// The training loop that the baselines share: a graph of loss and latents, Adam over mini-batches, several settings at once
// as runs of one program, then the latents of every subject.

import { compile } from '../compile/index.js';
import type { Dataset } from '../data/dataset.js';
import { NumericError } from '../errors.js';
import { control, data, gather, grad, type Node } from '../graph/index.js';
import { latentLayout, type LatentLayout } from '../models/layout.js';
import type { Observed } from '../models/observation-network.js';
import type { NoiseSource } from '../models/latent-prior.js';
import { RATE_GROUPS, type ParameterList } from '../nn/parameters.js';
import { chooseDevice, type DeviceName } from '../runtime/device.js';
import { Program } from '../runtime/program.js';
import { permutation, seedKey } from '../random/streams.js';
import { modalityShapes } from '../training/program.js';
import { groupData, miniBatches, PhiloxNoise } from '../models/sources.js';

/** A baseline as a graph. x: mini-batch per group of equal modalities, `[1, members, columns, batch]`. */
export interface BaselineGraph {
  readonly parameters: ParameterList;
  /** Per run, `[runs]`. `labels`: the truth of the mini-batch, `[1, D, batch]`. */
  readonly loss: (x: readonly Observed[], noise: NoiseSource, labels: Node, settings: Node) => Node;
  /** Latents, `[runs, features, batch]`. */
  readonly latents: (x: readonly Observed[]) => Node;
}

export interface BaselineProgress {
  readonly step: number;
  readonly steps: number;
}

export interface BaselineRequest {
  readonly dataset: Dataset;
  readonly truth: {
    /** Subjects × D. Labels for methods that need them. */
    readonly z: Float64Array;
    readonly adjacency: ArrayLike<number>;
  };
  readonly seed: number;
  /** Factor of the training steps, 1 for a result. */
  readonly effort: number;
  readonly threads: number;
  /** Default: the CPU. */
  readonly device?: DeviceName;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BaselineProgress) => void) | undefined;
}

export interface BaselineSettings {
  /** Values of the swept setting: one run each. */
  readonly swept: readonly number[];
  readonly batch: number;
  readonly steps: number;
  readonly learningRate: number;
}

const ADAM = { optimizer: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
/** The learning rate falls to a third after these parts of the steps. */
const DECAY_AT = [0.6, 0.85] as const;
const ORDER_STREAM = 0x20000;
const LATENT_BATCH = 512;

/**
 * Trains every setting for the same number of steps and encodes all subjects with the last parameters.
 * @param build the graph for a number of runs
 * @returns per setting, subjects × features
 * @throws NumericError `all-runs-diverged` when a setting leaves the finite numbers; the signal's reason
 */
export async function trainBaseline(
  build: (layout: LatentLayout, runs: number) => BaselineGraph,
  { dataset, truth, seed, effort, threads, device: asked, signal, onProgress }: BaselineRequest,
  { swept, batch: wantedBatch, steps: wantedSteps, learningRate }: BaselineSettings,
): Promise<Float32Array[]> {
  const { device } = await chooseDevice(asked);
  const layout = latentLayout(modalityShapes(dataset));
  const runs = swept.length;
  const graph = build(layout, runs);
  const rows = dataset.ids.length;
  const { train } = dataset.split;
  const batch = Math.min(wantedBatch, train.length);
  const batches = Math.floor(train.length / batch);
  const epochs = Math.max(1, Math.round((wantedSteps * effort) / batches));
  const latentBatches = Math.ceil(rows / LATENT_BATCH);

  const order = data('order', [1, batches, batch], 'int32');
  const everyone = data('everyone', [1, latentBatches, LATENT_BATCH], 'int32');
  const noise = new PhiloxNoise(data('seeds', [runs, 2], 'int32'), 0);
  const labels = labelBatches(truth.z, rows, order);
  const loss = graph.loss(miniBatches(layout, rows, order), noise, labels, control('swept', [runs]));
  const trained = graph.parameters.all;
  const gradients = grad(
    loss,
    trained.map(({ node }) => node),
  );
  const compiled = compile({
    runs,
    rates: RATE_GROUPS,
    entries: {
      step: {
        outputs: { loss },
        guard: [loss],
        update: {
          ...ADAM,
          parameters: trained.map(({ node, rate }, i) => ({ node, gradient: gradients[i], rate })),
        },
      },
      latents: { outputs: { latents: graph.latents(miniBatches(layout, rows, everyone)) } },
    },
  });
  const program = Program.load(compiled, { threads, device });
  try {
    for (const [name, values] of groupData(layout, dataset.modalities, rows)) {
      if (name in compiled.data) program.set('data', name, values);
    }
    if ('labels' in compiled.data) program.set('data', 'labels', Float32Array.from(truth.z));
    if ('swept' in compiled.controls) program.set('controls', 'swept', Float32Array.from(swept));
    // One seed for all settings: they differ in the setting alone.
    const { low, high } = seedKey(seed);
    if ('seeds' in compiled.data) program.set('data', 'seeds', Int32Array.from(swept.flatMap(() => [low, high])));
    for (const [name, initial] of graph.parameters.initialValues(swept.map(() => seed))) {
      program.set('parameters', name, initial);
    }
    program.set(
      'data',
      'everyone',
      Int32Array.from({ length: latentBatches * LATENT_BATCH }, (_, i) => i % rows),
    );

    for (let epoch = 0; epoch < epochs; epoch++) {
      const rate = learningRate * (1 / 3) ** DECAY_AT.filter((at) => epoch >= at * epochs).length;
      program.set('controls', 'rates', Float32Array.of(rate, rate, 0));
      const shuffled = permutation(seedKey(seed), ORDER_STREAM, epoch, train.length);
      program.set(
        'data',
        'order',
        shuffled.subarray(0, batch * batches).map((position) => train[position]),
      );
      const { cancelled, failures } = await program.run('step', {
        firstStep: epoch * batches,
        steps: batches,
        ...(signal && { signal }),
      });
      if (cancelled) signal?.throwIfAborted();
      if (failures.length > 0) throw diverged(failures[0], swept);
      onProgress?.({ step: (epoch + 1) * batches, steps: epochs * batches });
    }
    const { results } = await program.run('latents', { steps: latentBatches });
    return perRun(results, { runs, rows, batch: LATENT_BATCH });
  } finally {
    await program.dispose();
  }
}

function labelBatches(z: Float64Array, rows: number, order: Node): Node {
  return gather(data('labels', [rows, z.length / rows]), order);
}

/** Recorded `[runs, features, batch]` of each step → per run, rows × features. */
function perRun(
  results: Float32Array,
  { runs, rows, batch }: { runs: number; rows: number; batch: number },
): Float32Array[] {
  const steps = Math.ceil(rows / batch);
  const features = results.length / (steps * runs * batch);
  return Array.from({ length: runs }, (_, run) => {
    const values = new Float32Array(rows * features);
    for (let row = 0; row < rows; row++) {
      const start = (Math.floor(row / batch) * runs + run) * features * batch + (row % batch);
      for (let f = 0; f < features; f++) values[row * features + f] = results[start + f * batch];
    }
    return values;
  });
}

function diverged(
  { run, step, label }: { run: number; step: number; label: string },
  swept: readonly number[],
): NumericError {
  return new NumericError(
    'all-runs-diverged',
    `The baseline left the finite numbers at setting ${swept[run]}, in "${label}" at step ${step}; lower its learning rate.`,
    { setting: swept[run], step },
  );
}
