// The first stages of a fit with images or series: encoders by deep canonical correlation, without decoders until the
// latents are found (METHOD section 10). A mini-batch has one tile: its covariances are over all its subjects, and
// tiles of the batch of a convolution were measured to be no faster.

import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { compile } from '../compile/index.js';
import { targetOf } from '../compile/target.js';
import type { Dataset } from '../data/dataset.js';
import { presence } from '../data/presence.js';
import { add, concat, data, mul, sub } from '../graph/index.js';
import { CorrelationModel } from '../networks/correlation-model.js';
import { latentLayout } from '../networks/layout.js';
import { groupData, miniBatches, PhiloxNoise } from '../networks/sources.js';
import { RATE_GROUPS } from '../nn/parameters.js';
import { CPU, type Device } from '../runtime/device.js';
import type { FitConfig } from './config.js';
import { passesOver } from './order.js';
import { restartSeed, seedWords, type FitStage } from './stage.js';
import { modalityShapes, TRAINING_STREAMS } from './program.js';
import { trainedEntry } from './trained-entry.js';
import type { Validation } from './validation.js';

/** Weight of the penalty on the distance from white latents. */
const WHITENESS = 0.03;
/**
 * Weight of the correlation that latents share without functions. Without it, latents could be arbitrarily curved, and
 * component maps, which are smooth, could not straighten all of them.
 */
const STRAIGHTNESS = 0.1;
/** Share of the epochs in which all encoder restarts are compared. */
const TRIAL = 1 / 6;
/**
 * Noise on latents, in their standard deviations, so that functions cannot depend on finer differences. It falls from
 * the first to the last value in the first half of the epochs. If it is small from the start, encoders may fragment a
 * latent by private variation of the modality (the colour of a digit), and the functions join the fragments again.
 */
const LATENT_NOISE = { first: 0.5, last: 0.1, until: 0.5 } as const;
const WARM_UP_STEPS = 50;
const DECAY = 0.3;
const DECAY_AT = [0.6, 0.85];
/** Number of subjects per batch of the validation: it bounds the memory of images. */
const VALIDATION_BATCH = 512;

/** Returns the number of epochs in which all encoder restarts are compared: 0 for one restart or one epoch. */
export function trialEpochs({ encoderRestarts, epochs }: Pick<FitConfig, 'encoderRestarts' | 'epochs'>): number {
  return encoderRestarts === 1 || epochs === 1 ? 0 : Math.max(1, Math.round(TRIAL * epochs));
}

/**
 * Returns the stage that compares the encoder restarts for some epochs. Fragmented latents show early: they share less,
 * with or without functions. The correlation without functions counts in full here, because functions may join the
 * fragments of a latent within a few epochs.
 */
export function encoderTrialStage(dataset: Dataset, config: FitConfig, device: Device = CPU): FitStage {
  const restarts = Array.from({ length: config.encoderRestarts }, (_, restart) => restart);
  const to = trialEpochs(config);
  // Only the last epoch counts: it shows how far a restart has come.
  const stage = correlationStage(dataset, config, { restarts, from: 0, to, countsStraight: true, device });
  return { ...stage, name: 'encoders', selectionStart: to - 1 };
}

/** The encoder restart that won the comparison. */
export interface TrialledRestart {
  readonly restart: number;
  /** Parameters, `[1, …]` each. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/** Returns the stage that trains the winner for the remaining epochs. @param winner undefined without a comparison */
export function chosenEncoderStage(
  dataset: Dataset,
  config: FitConfig,
  winner?: TrialledRestart,
  device: Device = CPU,
): FitStage {
  const stage = correlationStage(dataset, config, {
    restarts: [winner?.restart ?? 0],
    from: trialEpochs(config),
    to: config.epochs,
    device,
  });
  return { ...stage, name: 'subspaces', initial: winner?.parameters ?? stage.initial };
}

/** A range of the epochs, for some restarts. */
interface Stretch {
  readonly restarts: readonly number[];
  /** Epochs, counted over both stages. */
  readonly from: number;
  readonly to: number;
  /** True if the validation objective includes the correlation without functions. Default: false. */
  readonly countsStraight?: boolean;
  /** The device that runs the program. */
  readonly device: Device;
}

/** Returns a stage of encoders. `MultimodalModel` with `latentEncoders` reads their parameters by name. */
function correlationStage(dataset: Dataset, config: FitConfig, stretch: Stretch): Omit<FitStage, 'name'> {
  const { split, modalities, ids } = dataset;
  const { passes = 1, seed } = config;
  const layout = latentLayout(modalityShapes(dataset));
  const batch = Math.min(config.batch, split.train.length);
  const batches = Math.floor(split.train.length / batch);
  const steps = Math.ceil(split.validation.length / VALIDATION_BATCH);
  const validationBatch = Math.floor(split.validation.length / steps);
  const programOf = (runs: number) => {
    const model = new CorrelationModel(layout, config.hidden, runs);
    const seedLeaf = data('seeds', [runs, 2], 'int32');
    const batchesOf = (order: string, count: number, size: number) =>
      miniBatches(layout, ids.length, data(order, [1, count, size], 'int32'), modalities);
    const { nats, straight, whiteness } = model.correlation(
      batchesOf('order', passes * batches, batch),
      new PhiloxNoise(seedLeaf, TRAINING_STREAMS),
    );
    const gained = straight ? add(nats, mul(straight, STRAIGHTNESS)) : nats;
    const loss = sub(mul(whiteness, WHITENESS), gained);
    const terms = model.shared(batchesOf('validationOrder', steps, validationBatch));
    const shared = stretch.countsStraight ? [...terms.nats, ...terms.straight] : terms.nats;
    const numbers = concat(
      shared.flatMap(({ first, second }) => [first, second]),
      1,
    );
    const compiled = compile({
      runs,
      rates: RATE_GROUPS,
      memory: targetOf(stretch.device).memory,
      entries: {
        train: trainedEntry(loss, model.parameters.all, { terms: { nats, whiteness } }),
        evaluate: { outputs: { numbers } },
      },
    });
    return { model, shared, compiled };
  };
  const runs = stretch.restarts.length;
  const { model, shared, compiled } = programOf(runs);
  const seeds = stretch.restarts.map((restart) => restartSeed(seed, restart));
  const contents = groupData(layout, modalities, ids.length);
  contents.set('seeds', seedWords(seeds));
  const validated = split.validation.slice(0, steps * validationBatch);
  contents.set('validationOrder', validated);
  const stepsPerEpoch = passes * batches;
  const present = presence(modalities);
  const sets = shared.map(({ first, second, modalities: needed, weight }): ValidatedSet => {
    const counts = present && Array.from(validated, (row) => needed.every((m) => present[m][row] === 1));
    return { firstCount: first.shape[1], secondCount: second.shape[1], weight, counts };
  });
  return {
    runs,
    compiled,
    compiledFor: (count) => programOf(count).compiled,
    data: contents,
    initial: model.parameters.initialValues(seeds),
    epochs: stretch.to - stretch.from,
    stepsPerEpoch,
    plan: (trained) => {
      const epoch = stretch.from + trained;
      const done = epoch / config.epochs;
      const warm = Math.min(1, ((epoch + 0.5) * stepsPerEpoch) / WARM_UP_STEPS);
      const rate = config.learningRate * warm * DECAY ** DECAY_AT.filter((at) => done >= at).length;
      return { phase: 'train', rates: [rate, rate], controls: { sparsityWeight: 0, latentNoise: latentNoise(done) } };
    },
    order: (trained) =>
      passesOver(split.train, { count: batch * batches, passes, seed, epoch: stretch.from + trained }),
    validation: natsOfValidation({ steps, batch: validationBatch, sets }),
  };
}

/** Returns the noise on latents. @param done share of the epochs that are finished */
function latentNoise(done: number): number {
  const { first, last, until } = LATENT_NOISE;
  return first * (last / first) ** Math.min(1, done / until);
}

/** Two sets of numbers whose shared information is measured. */
interface ValidatedSet {
  /** Number of values per subject in the first set. */
  readonly firstCount: number;
  /** Number of values per subject in the second set. */
  readonly secondCount: number;
  readonly weight: number;
  /** Whether a subject counts; undefined if all subjects count. */
  readonly counts: readonly boolean[] | undefined;
}

interface Validated {
  readonly steps: number;
  readonly batch: number;
  readonly sets: readonly ValidatedSet[];
}

/**
 * Returns the validation by shared information (nats) of all validation subjects together, in float64. A mean over
 * mini-batches would be too large, because small samples overestimate it.
 */
function natsOfValidation({ steps, batch, sets }: Validated): Validation {
  const total = sets.reduce((sum, { firstCount, secondCount }) => sum + firstCount + secondCount, 0);
  return {
    steps,
    score(results, { runs }) {
      const numbers = (run: number, first: number, count: number): Float64Array[] =>
        Array.from({ length: count }, (_, f) =>
          Float64Array.from({ length: steps * batch }, (__, subject) => {
            const step = Math.floor(subject / batch);
            return results[((step * runs + run) * total + first + f) * batch + (subject % batch)];
          }),
        );
      const nats = Array.from({ length: runs }, (_, run) => {
        let [sum, first] = [0, 0];
        for (const { firstCount, secondCount, weight, counts } of sets) {
          const both = numbers(run, first, firstCount + secondCount);
          sum += weight * sharedNats(both.slice(0, firstCount), both.slice(firstCount), counts);
          first += firstCount + secondCount;
        }
        return Number.isFinite(sum) ? sum : null;
      });
      return { nats, objective: nats.map((value) => value && -value) };
    },
  };
}

/** Ridge that is added to variances, as in training. */
const RIDGE = 1e-3;

/** Returns ½ (log|C_aa| + log|C_bb| − log|C|) over the subjects that count; 0 for fewer than two. */
function sharedNats(
  a: readonly Float64Array[],
  b: readonly Float64Array[],
  counts: readonly boolean[] | undefined,
): number {
  const rows = [...a[0].keys()].filter((subject) => counts?.[subject] ?? true);
  if (rows.length < 2) return 0;
  const both = new Matrix([...a, ...b].map((values) => rows.map((row) => values[row])));
  const centred = both.subColumnVector(both.mean('row'));
  const covariance = centred.mmul(centred.transpose()).div(rows.length).add(Matrix.eye(both.rows).mul(RIDGE));
  const logDet = (from: number, to: number): number => {
    const factor = new CholeskyDecomposition(covariance.subMatrix(from, to - 1, from, to - 1)).lowerTriangularMatrix;
    return 2 * factor.diag().reduce((sum, value) => sum + Math.log(value), 0);
  };
  return 0.5 * (logDet(0, a.length) + logDet(a.length, both.rows) - logDet(0, both.rows));
}
