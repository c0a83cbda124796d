// The first part of a fit with pictures or series: encoders by deep canonical correlation, no decoder until the latents
// stand (METHOD section 10). A mini-batch is one block: its covariances are over all its subjects, and what a tile of a
// convolution's batch could keep in the cache measured no faster.

import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { compile } from '../compile/index.js';
import type { Dataset } from '../data/dataset.js';
import { presence } from '../data/presence.js';
import { add, concat, data, mul, neg } from '../graph/index.js';
import { CorrelationModel } from '../models/correlation-model.js';
import { latentLayout } from '../models/layout.js';
import { groupData, miniBatches, PhiloxNoise } from '../models/sources.js';
import { RATE_GROUPS } from '../nn/parameters.js';
import type { FitConfig } from './config.js';
import { passesOver } from './order.js';
import { runSeed, seedWords, type FitPart } from './part.js';
import { modalityShapes, TRAINING_STREAMS } from './program.js';
import { trainedEntry } from './trained-entry.js';
import type { Validation } from './validation.js';

/** Weight of the distance from white. */
const WHITENESS = 0.1;
const WARM_UP_STEPS = 50;
const DECAY = 0.3;
const DECAY_AT = [0.6, 0.85];
/** Subjects encoded at once in validation: what pictures take in memory on the way. */
const VALIDATION_BATCH = 512;

/** Encoders of every modality's latents: what `MultimodalModel` with `latentEncoders` takes over by name. */
export function correlationPart(dataset: Dataset, config: FitConfig): FitPart {
  const { split, modalities, ids } = dataset;
  const { runs, passes = 1, seed } = config;
  const layout = latentLayout(modalityShapes(dataset));
  const model = new CorrelationModel(layout, config.hidden, runs);
  const batch = Math.min(config.batch, split.train.length);
  const batches = Math.floor(split.train.length / batch);
  const steps = Math.ceil(split.validation.length / VALIDATION_BATCH);
  const validationBatch = Math.floor(split.validation.length / steps);
  const seedLeaf = data('seeds', [runs, 2], 'int32');
  const batchesOf = (order: string, count: number, size: number) =>
    miniBatches(layout, ids.length, data(order, [1, count, size], 'int32'));
  const { nats, whiteness } = model.correlation(
    batchesOf('order', passes * batches, batch),
    new PhiloxNoise(seedLeaf, TRAINING_STREAMS),
  );
  const loss = add(neg(nats), mul(whiteness, WHITENESS));
  const functions = concat(model.functions(model.encode(batchesOf('validationOrder', steps, validationBatch))), 1);
  const compiled = compile({
    runs,
    rates: RATE_GROUPS,
    entries: {
      train: trainedEntry(loss, model.parameters.all, { terms: { nats, whiteness } }),
      evaluate: { outputs: { functions } },
    },
  });
  const seeds = Array.from({ length: runs }, (_, run) => runSeed(seed, run));
  const contents = new Map<string, Float32Array | Int32Array>(groupData(layout, modalities, ids.length));
  contents.set('seeds', seedWords(seeds));
  const validated = split.validation.slice(0, steps * validationBatch);
  contents.set('validationOrder', validated);
  const stepsPerEpoch = passes * batches;
  const widths = model.functionCounts;
  const present = presence(modalities)?.map((own) => Array.from(validated, (row) => own[row] === 1));
  return {
    name: 'subspaces',
    runs,
    compiled,
    data: contents,
    initial: model.parameters.initialValues(seeds),
    epochs: config.epochs,
    stepsPerEpoch,
    plan: (epoch) => {
      const done = epoch / config.epochs;
      const warm = Math.min(1, ((epoch + 0.5) * stepsPerEpoch) / WARM_UP_STEPS);
      const rate = config.learningRate * warm * DECAY ** DECAY_AT.filter((at) => done >= at).length;
      return { stage: 'train', rates: [rate, rate] };
    },
    order: (epoch) => passesOver(split.train, { count: batch * batches, passes, seed, epoch }),
    validation: natsOfValidation({ runs, steps, batch: validationBatch, widths, present }),
  };
}

interface Validated {
  readonly runs: number;
  readonly steps: number;
  readonly batch: number;
  /** Functions of each modality. */
  readonly widths: readonly number[];
  /** By modality, whether a subject has it; left out where all have all. */
  readonly present: readonly (readonly boolean[])[] | undefined;
}

/** Shared nats of all validation subjects at once, in float64: the mean over mini-batches would flatter small ones. */
function natsOfValidation({ runs, steps, batch, widths, present }: Validated): Validation {
  const total = widths.reduce((sum, width) => sum + width, 0);
  const starts = widths.map((_, m) => widths.slice(0, m).reduce((sum, width) => sum + width, 0));
  return {
    steps,
    score(results) {
      const natsOf = (run: number): number | null => {
        const values = (m: number): Float64Array[] =>
          Array.from({ length: widths[m] }, (_, f) =>
            Float64Array.from({ length: steps * batch }, (__, subject) => {
              const step = Math.floor(subject / batch);
              return results[((step * runs + run) * total + starts[m] + f) * batch + (subject % batch)];
            }),
          );
        const all = widths.map((_, m) => values(m));
        let sum = 0;
        for (let a = 0; a < all.length; a++) {
          for (let b = a + 1; b < all.length; b++) {
            const counts = (subject: number) => !present || (present[a][subject] && present[b][subject]);
            sum += sharedNats(all[a], all[b], counts);
          }
        }
        const nats = sum / (all.length - 1);
        return Number.isFinite(nats) ? nats : null;
      };
      const nats = Array.from({ length: runs }, (_, run) => natsOf(run));
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
  counts: (subject: number) => boolean,
): number {
  const rows = [...a[0].keys()].filter(counts);
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
