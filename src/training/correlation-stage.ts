// The first stages of a fit with images or series: encoders by deep canonical correlation, without decoders until the
// latents are found (METHOD section 10). A mini-batch has one tile: its covariances are over all its subjects, and
// tiles of the batch of a convolution were measured to be no faster.

import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { causeTerms } from '../data/causes.js';
import type { Dataset } from '../data/dataset.js';
import { presence } from '../data/presence.js';
import { add, concat, mul, sub } from '../graph/index.js';
import { causeBatches, causeData } from '../networks/cause-effects.js';
import { CorrelationModel } from '../networks/correlation-model.js';
import { latentLayout } from '../networks/layout.js';
import { groupData, miniBatches } from '../networks/sources.js';
import type { Device } from '../runtime/device.js';
import type { FitConfig } from './config.js';
import { inOrder, passesOver, type Batches } from './order.js';
import { causeShapes, modalityShapes } from './model-config.js';
import { scheduleOf } from './schedule.js';
import { restartSeed, type FitStage, type StageName } from './stage.js';
import { trainingStage, type BatchNodes, type StageSpec } from './training-stage.js';
import type { Score } from './validation.js';

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
export function encoderTrialStage(dataset: Dataset, config: FitConfig, options: EncoderOptions = {}): FitStage {
  const restarts = Array.from({ length: config.encoderRestarts }, (_, restart) => restart);
  const to = trialEpochs(config);
  return correlationStage('encoders', dataset, config, restarts, {
    countsStraight: true,
    epochs: [0, to],
    // Only the last epoch counts: it shows how far a restart has come.
    stopping: { selectFrom: to - 1 },
    ...options,
  });
}

export interface EncoderOptions {
  /** Names of encoders that are not trained. Default: none. */
  readonly untrained?: readonly string[] | undefined;
  readonly device?: Device | undefined;
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
  options: EncoderOptions = {},
): FitStage {
  return correlationStage('subspaces', dataset, config, [winner?.restart ?? 0], {
    epochs: [trialEpochs(config), config.epochs],
    initial: winner?.parameters,
    ...options,
  });
}

type CorrelationSpec = StageSpec<StageName, CorrelationModel>;

/** @param variant `countsStraight`: true if the validation objective includes the correlation without functions */
function correlationStage(
  name: StageName,
  dataset: Dataset,
  { seed, passes, epochs, hidden, learningRate, ...config }: FitConfig,
  restarts: readonly number[],
  {
    countsStraight = false,
    untrained = [],
    ...variant
  }: Pick<CorrelationSpec, 'epochs' | 'stopping' | 'initial'> & EncoderOptions & { readonly countsStraight?: boolean },
): FitStage {
  const { split, modalities, ids, causes } = dataset;
  const layout = latentLayout(modalityShapes(dataset));
  const shapes = causeShapes(causes);
  const termsOf = ({ order }: BatchNodes) => shapes && causeBatches(shapes, ids.length, order);
  const training = passesOver(split.train, { batch: config.batch, passes, seed });
  const validation = inOrder(split.validation, VALIDATION_BATCH);
  const present = presence(modalities);
  const batchesOf = ({ order }: BatchNodes) => miniBatches(layout, ids.length, order, modalities);
  return trainingStage({
    ...variant,
    name,
    model: (runs) => new CorrelationModel(layout, hidden, runs),
    loss: (model, batch) => {
      const { nats, straight, whiteness } = model.correlation(batchesOf(batch), batch.noise, termsOf(batch));
      const gained = straight ? add(nats, mul(straight, STRAIGHTNESS)) : nats;
      const isTrained = (parameter: string): boolean =>
        !untrained.some((encoder) => parameter.startsWith(`${encoder}.`));
      const trained = model.parameters.all.filter((parameter) => isTrained(parameter.name));
      return { loss: sub(mul(whiteness, WHITENESS), gained), trained, terms: { nats, whiteness } };
    },
    validate: (model, batch) => {
      const { nats, straight } = model.shared(batchesOf(batch), termsOf(batch));
      const shared = countsStraight ? [...nats, ...straight] : nats;
      const numbers = concat(
        shared.flatMap(({ first, second }) => [first, second]),
        1,
      );
      const sets = shared.map(({ first, second, modalities: needed, weight }): ValidatedSet => {
        const counts = present && Array.from(validation.rows(0), (row) => needed.every((m) => present[m][row] === 1));
        return { firstCount: first.shape[1], secondCount: second.shape[1], weight, counts };
      });
      return { outputs: { numbers }, score: natsOfValidation(validation, sets) };
    },
    seeds: restarts.map((restart) => restartSeed(seed, restart)),
    data: new Map([
      ...groupData(layout, modalities, ids.length),
      ...(causes?.length ? causeData(causeTerms(causes)) : []),
    ]),
    training,
    validation,
    isWhole: true,
    schedule: scheduleOf({
      epochs,
      rate: learningRate,
      warmUp: { steps: WARM_UP_STEPS, stepsPerEpoch: training.steps },
      decayAt: DECAY_AT,
      controls: (epoch) => ({ latentNoise: latentNoise(epoch / epochs) }),
    }),
  });
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

/**
 * Returns the scores by shared information (nats) of all validation subjects together, in float64. A mean over
 * mini-batches would be too large, because small samples overestimate it.
 */
function natsOfValidation({ steps, size }: Batches, sets: readonly ValidatedSet[]): Score {
  const total = sets.reduce((sum, { firstCount, secondCount }) => sum + firstCount + secondCount, 0);
  return (results, { runs }) => {
    const numbers = (run: number, first: number, count: number): Float64Array[] =>
      Array.from({ length: count }, (_, f) =>
        Float64Array.from({ length: steps * size }, (__, subject) => {
          const step = Math.floor(subject / size);
          return results[((step * runs + run) * total + first + f) * size + (subject % size)];
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
