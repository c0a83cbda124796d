// What a baseline finds: its part is trained, then the latents of every subject are read with the last parameters.

import type { Dataset } from '../data/dataset.js';
import { chooseDevice, type DeviceName } from '../runtime/device.js';
import { Trainer } from '../training/trainer.js';
import { baselinePart, LATENT_BATCH, latentSteps, type BaselineSettings, type BuildBaseline } from './part.js';

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

/**
 * Trains every setting for the same number of steps and encodes all subjects with the last parameters.
 * @returns per setting, subjects × features
 * @throws NumericError `all-runs-diverged` when a setting leaves the finite numbers; the signal's reason
 */
export async function trainBaseline(
  build: BuildBaseline,
  { dataset, truth, seed, effort, threads, device: name, signal, onProgress }: BaselineRequest,
  settings: BaselineSettings,
): Promise<Float32Array[]> {
  const { device } = await chooseDevice(name);
  const steps = settings.steps * effort;
  const part = baselinePart(build, { dataset, labels: truth.z, seed }, { ...settings, steps });
  const { epochs, stepsPerEpoch } = part;
  const trainer = await Trainer.create(part, { threads, device });
  try {
    await trainer.train({
      signal,
      onEpoch: ({ epoch }) => onProgress?.({ step: (epoch + 1) * stepsPerEpoch, steps: epochs * stepsPerEpoch }),
    });
    const results = await trainer.read('latents', latentSteps(dataset));
    return latentsByRun(results, part.runs, dataset.ids.length);
  } finally {
    await trainer.dispose();
  }
}

/** Recorded `[runs, features, batch]` of each step → per run, rows × features. */
function latentsByRun(results: Float32Array, runs: number, rows: number): Float32Array[] {
  const batch = LATENT_BATCH;
  const features = results.length / (Math.ceil(rows / batch) * runs * batch);
  return Array.from({ length: runs }, (_, run) => {
    const values = new Float32Array(rows * features);
    for (let row = 0; row < rows; row++) {
      const start = (Math.floor(row / batch) * runs + run) * features * batch + (row % batch);
      for (let f = 0; f < features; f++) values[row * features + f] = results[start + f * batch];
    }
    return values;
  });
}
