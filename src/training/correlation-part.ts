// The first part of a fit with pictures or series: encoders by deep canonical correlation, no decoder until the latents
// stand (METHOD section 10). A mini-batch is one block: its covariances are over all its subjects, and what a tile of a
// convolution's batch could keep in the cache measured no faster.

import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { compile } from '../compile/index.js';
import { targetOf } from '../compile/target.js';
import type { Dataset } from '../data/dataset.js';
import { presence } from '../data/presence.js';
import { add, concat, data, mul, sub } from '../graph/index.js';
import { CorrelationModel } from '../models/correlation-model.js';
import { latentLayout } from '../models/layout.js';
import { groupData, miniBatches, PhiloxNoise } from '../models/sources.js';
import { RATE_GROUPS } from '../nn/parameters.js';
import { CPU, type Device } from '../runtime/device.js';
import type { FitConfig } from './config.js';
import { passesOver } from './order.js';
import { runSeed, seedWords, type FitPart } from './part.js';
import { modalityShapes, TRAINING_STREAMS } from './program.js';
import { trainedEntry } from './trained-entry.js';
import type { Validation } from './validation.js';

/** Weight of the distance from white. */
const WHITENESS = 0.03;
/**
 * Weight of what latents share without functions, which else may bend them as they like: component maps are smooth, and
 * do not come back from everywhere.
 */
const STRAIGHTNESS = 0.1;
/** Share of the epochs in which every draw of the encoders is on trial. */
const TRIAL = 1 / 6;
/**
 * Noise on latents, in their standard deviations: functions cannot hang on what is finer. It falls from the first to
 * the last value in the first half of the epochs: where it is small from the start, encoders may tear a latent into
 * sheets by what is private to the modality (the colour of a digit), which functions put together again.
 */
const LATENT_NOISE = { first: 0.5, last: 0.1, until: 0.5 } as const;
const WARM_UP_STEPS = 50;
const DECAY = 0.3;
const DECAY_AT = [0.6, 0.85];
/** Subjects encoded at once in validation: what pictures take in memory on the way. */
const VALIDATION_BATCH = 512;

/** The epochs in which every run of the settings is on trial: none where there is one run, or one epoch. */
export function trialEpochs({ runs, epochs }: Pick<FitConfig, 'runs' | 'epochs'>): number {
  return runs === 1 || epochs === 1 ? 0 : Math.max(1, Math.round(TRIAL * epochs));
}

/**
 * Several draws of the encoders for a while. Torn latents show early: they share less, without functions or with them.
 * The first counts in full here, for functions may put a latent of two sheets together within a few epochs.
 */
export function encoderTrialPart(dataset: Dataset, config: FitConfig, device: Device = CPU): FitPart {
  const runs = Array.from({ length: config.runs }, (_, run) => run);
  const to = trialEpochs(config);
  // What counts is how far a draw has come.
  const part = correlationPart(dataset, config, { runs, from: 0, to, countsStraight: true, device });
  return { ...part, name: 'encoders', selectionStart: to - 1 };
}

/** A run of the encoders that was on trial. */
export interface TrialledRun {
  readonly run: number;
  /** `[1, …]` each. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/** The epochs that are left, of the run that was kept. @param kept left out where none was on trial */
export function keptEncoderPart(
  dataset: Dataset,
  config: FitConfig,
  kept?: TrialledRun,
  device: Device = CPU,
): FitPart {
  const part = correlationPart(dataset, config, {
    runs: [kept?.run ?? 0],
    from: trialEpochs(config),
    to: config.epochs,
    device,
  });
  return { ...part, name: 'subspaces', initial: kept?.parameters ?? part.initial };
}

interface Stretch {
  readonly runs: readonly number[];
  /** Epochs of the whole part. */
  readonly from: number;
  readonly to: number;
  /** Whether validation adds what latents share without functions; left out: it does not. */
  readonly countsStraight?: boolean;
  /** That the program is for. */
  readonly device: Device;
}

/** Encoders of every modality's latents: what `MultimodalModel` with `latentEncoders` takes over by name. */
function correlationPart(dataset: Dataset, config: FitConfig, stretch: Stretch): Omit<FitPart, 'name'> {
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
    const found = model.shared(batchesOf('validationOrder', steps, validationBatch));
    const shared = stretch.countsStraight ? [...found.nats, ...found.straight] : found.nats;
    const numbers = concat(
      shared.flatMap(({ own, others }) => [own, others]),
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
  const runs = stretch.runs.length;
  const { model, shared, compiled } = programOf(runs);
  const seeds = stretch.runs.map((run) => runSeed(seed, run));
  const contents = groupData(layout, modalities, ids.length);
  contents.set('seeds', seedWords(seeds));
  const validated = split.validation.slice(0, steps * validationBatch);
  contents.set('validationOrder', validated);
  const stepsPerEpoch = passes * batches;
  const present = presence(modalities);
  const sets = shared.map(({ own, others, modalities: needed, weight }): ValidatedSet => {
    const counts = present && Array.from(validated, (row) => needed.every((m) => present[m][row] === 1));
    return { own: own.shape[1], others: others.shape[1], weight, counts };
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
      return { stage: 'train', rates: [rate, rate], controls: { sparsityWeight: 0, latentNoise: latentNoise(done) } };
    },
    order: (trained) =>
      passesOver(split.train, { count: batch * batches, passes, seed, epoch: stretch.from + trained }),
    validation: natsOfValidation({ steps, batch: validationBatch, sets }),
  };
}

/** @param done share of the epochs */
function latentNoise(done: number): number {
  const { first, last, until } = LATENT_NOISE;
  return first * (last / first) ** Math.min(1, done / until);
}

/** Numbers whose shared nats are measured. */
interface ValidatedSet {
  readonly own: number;
  readonly others: number;
  readonly weight: number;
  /** Whether a subject counts; left out where all do. */
  readonly counts: readonly boolean[] | undefined;
}

interface Validated {
  readonly steps: number;
  readonly batch: number;
  readonly sets: readonly ValidatedSet[];
}

/** Shared nats of all validation subjects at once, in float64: the mean over mini-batches would flatter small ones. */
function natsOfValidation({ steps, batch, sets }: Validated): Validation {
  const total = sets.reduce((sum, { own, others }) => sum + own + others, 0);
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
        for (const { own, others, weight, counts } of sets) {
          const both = numbers(run, first, own + others);
          sum += weight * sharedNats(both.slice(0, own), both.slice(own), counts);
          first += own + others;
        }
        return Number.isFinite(sum) ? sum : null;
      });
      return { nats, objective: nats.map((value) => value && -value) };
    },
  };
}

/** Added to variances, as in training. */
const RIDGE = 1e-3;

/** ½ (log|C_aa| + log|C_bb| − log|C|) over the subjects that count; 0 of fewer than two. */
function sharedNats(
  a: readonly Float64Array[],
  b: readonly Float64Array[],
  counts: readonly boolean[] | undefined,
): number {
  const rows = [...a[0].keys()].filter((subject) => counts?.[subject] ?? true);
  if (rows.length < 2) return 0;
  const both = new Matrix([...a, ...b].map((own) => rows.map((row) => own[row])));
  const centred = both.subColumnVector(both.mean('row'));
  const covariance = centred.mmul(centred.transpose()).div(rows.length).add(Matrix.eye(both.rows).mul(RIDGE));
  const logDet = (from: number, to: number): number => {
    const factor = new CholeskyDecomposition(covariance.subMatrix(from, to - 1, from, to - 1)).lowerTriangularMatrix;
    return 2 * factor.diag().reduce((sum, value) => sum + Math.log(value), 0);
  };
  return 0.5 * (logDet(0, a.length) + logDet(a.length, both.rows) - logDet(0, both.rows));
}
