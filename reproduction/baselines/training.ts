// Trains a baseline. The loss on validation subjects chooses the best restart of every setting. The last parameters
// encode all subjects.

import type { Dataset } from '../../src/data/dataset.js';
import { NumericError } from '../../src/errors/errors.js';
import { chooseDevice, type DeviceName } from '../../src/runtime/device.js';
import type { ParameterValues } from '../../src/inference/inference.js';
import { parametersOf, selectRuns } from '../../src/training/outcome.js';
import type { TrainingStage } from '../../src/training/stage.js';
import { Trainer } from '../../src/training/trainer.js';
import { meanOutputs } from '../../src/training/validation.js';
import { baselineStage, LATENT_BATCH, latentSteps, type BaselineSettings, type BuildBaseline } from './stage.js';

export interface BaselineProgress {
  readonly step: number;
  readonly steps: number;
}

export interface BaselineRequest {
  readonly dataset: Dataset;
  readonly truth: {
    /** True latents, subjects × D: labels for methods that need them. */
    readonly z: Float64Array;
    readonly adjacency: ArrayLike<number>;
  };
  readonly seed: number;
  /** Factor of the training steps, 1 for a result. */
  readonly effort: number;
  /** Number of restarts. Default: that of the baseline's settings. */
  readonly restarts?: number | undefined;
  readonly threads: number;
  /** Default: the CPU. */
  readonly device?: DeviceName;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BaselineProgress) => void) | undefined;
}

/**
 * Trains every restart of every setting for the same number of steps and encodes all subjects with the last parameters.
 * @returns for each setting, the latents of the restart with the minimal validation loss, subjects × features
 * @throws NumericError `all-runs-diverged` if no restart of a setting stays finite; the signal's reason
 */
export async function trainBaseline(
  build: BuildBaseline,
  { dataset, truth, seed, effort, threads, device: name, signal, onProgress, ...request }: BaselineRequest,
  settings: BaselineSettings,
): Promise<Float32Array[]> {
  const { device } = await chooseDevice(name);
  const { restarts = settings.restarts } = request;
  const steps = settings.steps * effort;
  const { race = 1 } = settings;
  const shares =
    race < 1 && restarts > 1
      ? [
          { share: race, restarts },
          { share: 1 - race, restarts: 1 },
        ]
      : [{ share: 1, restarts }];
  let initial: ParameterValues | undefined;
  let latents: Float32Array[] = [];
  let before = 0;
  for (const [i, { share, restarts: count }] of shares.entries()) {
    const used = { ...settings, steps: steps * share, restarts: count };
    const stage = baselineStage(build, { dataset, labels: truth.z, seed, initial }, used);
    const { epochs, stepsPerEpoch, runs } = stage;
    const trainer = await Trainer.create(stage, { threads, device });
    try {
      const all = Math.max(steps, before + epochs * stepsPerEpoch);
      await trainer.train({
        signal,
        onEpoch: ({ epoch }) => onProgress?.({ step: before + (epoch + 1) * stepsPerEpoch, steps: all }),
      });
      before += epochs * stepsPerEpoch;
      const read = await trainer.read('evaluate', stage.validation.steps);
      const losses = meanOutputs(stage.compiled.entries['evaluate'], runs, read)['loss'];
      const chosen = used.swept.map((_, setting) => bestRestart(setting, losses, trainer, used));
      if (i < shares.length - 1) {
        initial = selectRuns(parametersOf(stage.compiled, trainer.state.parameters), chosen);
      } else {
        const encoded = latentsByRun(await trainer.read('latents', latentSteps(dataset)), runs, dataset.ids.length);
        latents = chosen.map((run) => encoded[run]);
      }
    } finally {
      await trainer.dispose();
    }
  }
  return latents;
}

/** Returns the run of a setting with the minimal validation loss among those that stayed finite. */
function bestRestart(
  setting: number,
  losses: readonly number[],
  { living, state }: Pick<Trainer<TrainingStage>, 'living' | 'state'>,
  { swept, restarts }: BaselineSettings,
): number {
  const candidates = Array.from({ length: restarts }, (_, restart) => setting * restarts + restart);
  const finite = candidates.filter((run) => living.includes(run) && Number.isFinite(losses[run]));
  if (finite.length === 0) {
    const first = state.failures.find(({ restart }) => candidates.includes(restart));
    throw new NumericError(
      'all-runs-diverged',
      `All restarts of the baseline became infinite or NaN at setting ${swept[setting]}` +
        `${first ? `, in "${first.tensor}" at step ${first.step}` : ', on validation subjects'}. ` +
        'Lower its learning rate.',
      { setting: swept[setting], step: first?.step },
    );
  }
  return finite.reduce((best, run) => (losses[run] < losses[best] ? run : best));
}

/** Converts the recorded `[runs, features, batch]` of each step to rows × features of each run. */
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
