// Measures the quality of a fit in training and held-out subjects, and compares it with linear methods.

import { Matrix } from 'ml-matrix';
import type { Dataset, Modality } from '../data/dataset.js';
import { positionsOf } from '../data/regular-array.js';
import { selectSubjects } from '../data/select-rows.js';
import type { LinearMethod } from '../linear/index.js';
import type { Samples } from '../metrics/index.js';
import { permutation, seedKey } from '../random/streams.js';
import { nextTurn } from '../threads/next-turn.js';
import type { ModalityQuality, QualityFigures } from './schema.js';
import { linearMethodsOf, linearSample } from './linear-methods.js';
import { MIN_BOTH, partsOf, withAnother, type ModelReading, type Relation } from './modality-parts.js';
import { trustedWeights, type LinearFeatures, type ValidationSubjects } from './read-out.js';
import { measuredRows, spreadOver } from './tables.js';
import type { PerSplit, TwoSplits } from './two-splits.js';

/** Minimum distance of an outlier from the mean of its column, in training standard deviations. */
const OUTLIER = 20;
/** Number of shuffles of held-out subjects, and maximum number of subjects in a shuffle. */
const SHUFFLES = 199;
const MAX_SHUFFLED = 512;
/** Minimum number of validation subjects that determine the shrinkage of a read-out. */
const MIN_SHRINKING = 10;
/** Philox stream of the shuffles. */
const SHUFFLE_STREAM = 0x30002;

/**
 * Measures the quality of a fit.
 * @param read returns latents and reconstructions of rows of the data set
 * @throws the signal's reason; what `read` throws
 */
export async function measureQuality(
  dataset: Dataset,
  read: (rows: Int32Array) => Promise<ModelReading>,
  signal?: AbortSignal,
): Promise<QualityFigures> {
  const rows = measuredRows(dataset);
  const reading = { train: await read(rows.train), heldOut: await read(rows.heldOut) };
  const shrinking = rows.split === 'test' ? await shrinkingRows(dataset, reading.train, read) : undefined;
  const methods = await linearMethodsOf(dataset, rows.train, { signal });
  const modalities: ModalityQuality[] = [];
  for (const m of dataset.modalities.keys()) {
    await nextTurn();
    signal?.throwIfAborted();
    const { columns, columnsOf, relation } = partsOf(dataset, rows, m, MIN_BOTH);
    const both = {
      train: withAnother(dataset, rows.train, m).length,
      heldOut: withAnother(dataset, rows.heldOut, m).length,
    };
    const linear = relation ? methods[m].map((method) => linearFeatures(method, relation)) : [];
    const isWhole = both.train === rows.train.length && both.heldOut === rows.heldOut.length;
    modalities.push({
      name: dataset.modalities[m].name,
      ...(!isWhole && { both }),
      reconstruction: columns.shares(columnsOf(reading)),
      prediction: relation ? predictionOf(predictorOf(relation, reading), linear, shrinking?.(m)) : UNKNOWN,
      linear: relation ? methods[m].map((method) => linearQuality(method, relation)).sort(byHeldOut) : [],
    });
  }
  const subjects = dataset.split[rows.split].length;
  const measured = rows.heldOut.length;
  return {
    train: rows.train.length,
    ...linearSample(dataset, rows.train),
    heldOut: { split: rows.split, subjects, ...(measured < subjects && { measured }) },
    modalities,
    outliers: outliersOf(dataset),
  };
}

/** Features of a modality and the columns that they predict. */
interface Predictor extends Pick<Relation, 'repetitions'> {
  readonly features: PerSplit<Samples>;
  readonly columns: TwoSplits;
}

/** The prediction if too few subjects have the modality and another one. */
const UNKNOWN = { train: null, heldOut: null, p: 1 };

function predictorOf({ otherColumns, latentsOf, repetitions }: Relation, reading: PerSplit<ModelReading>): Predictor {
  return { features: latentsOf(reading), columns: otherColumns, repetitions };
}

/** Returns by modality the validation subjects that determine the shrinkage; undefined if there are too few. */
async function shrinkingRows(
  dataset: Dataset,
  train: ModelReading,
  read: (rows: Int32Array) => Promise<ModelReading>,
): Promise<((m: number) => Predictor | undefined) | undefined> {
  const rows = measuredRows(dataset, 'validation');
  if (rows.heldOut.length < MIN_SHRINKING) return undefined;
  const reading = { train, heldOut: await read(rows.heldOut) };
  return (m) => {
    const { relation } = partsOf(dataset, rows, m);
    return relation && predictorOf(relation, reading);
  };
}

/** Returns the quality of the prediction of other columns, and the share of shuffled features that predict as well. */
function predictionOf(
  { features, columns, repetitions }: Predictor,
  linear: readonly LinearFeatures[],
  validation: Predictor | undefined,
): ModalityQuality['prediction'] {
  const readOut = columns.readOutOf(features);
  const counted = (matrix: Matrix) => (repetitions ? meansOf(matrix, repetitions) : matrix);
  const p = shuffledP(counted(readOut.features.heldOut), readOut.weights, counted(columns.centred('heldOut')));
  const weights = trustedWeights(readOut, linear, validation && validationOf(validation));
  const predicted = (split: 'train' | 'heldOut') => readOut.features[split].mmul(weights);
  return { ...columns.sharesOfCentred({ train: predicted('train'), heldOut: predicted('heldOut') }), p };
}

function validationOf({ features, columns }: Predictor): ValidationSubjects {
  return { features: columns.readOutOf(features).features.heldOut, columns };
}

/** Returns the features of a linear method for the training subjects. */
function linearFeatures({ weights, readOut }: LinearMethod, { columns }: Relation): LinearFeatures {
  return { features: columns.centred('train').mmul(weights), weights: readOut };
}

function linearQuality(
  { name, setting, weights, readOut }: LinearMethod,
  { columns, otherColumns }: Relation,
): ModalityQuality['linear'][number] {
  const predict = (split: 'train' | 'heldOut') => columns.centred(split).mmul(weights).mmul(readOut);
  return {
    method: name,
    setting,
    ...otherColumns.sharesOfCentred({ train: predict('train'), heldOut: predict('heldOut') }),
  };
}

function byHeldOut(a: PerSplit<number | null>, b: PerSplit<number | null>): number {
  return (b.heldOut ?? -Infinity) - (a.heldOut ?? -Infinity);
}

/** Returns a matrix with one row per group: the mean of its rows. */
function meansOf(matrix: Matrix, groups: readonly (readonly number[])[]): Matrix {
  return new Matrix(groups.map((rows) => matrix.subMatrixRow([...rows]).mean('column')));
}

/**
 * Returns the share of shuffles in which Σ ŷ·y is at least as large. Norms of predictions and values do not change when
 * subjects are shuffled, so this is the order of the residuals. Predictions ŷ are a few features times weights. The
 * weights are multiplied with the values first, because there may be one column per pixel.
 */
function shuffledP(features: Matrix, weights: Matrix, actual: Matrix): number {
  const rows = spreadOver(
    Int32Array.from({ length: actual.rows }, (_, i) => i),
    MAX_SHUFFLED,
  );
  const part = (matrix: Matrix) => new Matrix(Array.from(rows, (row) => matrix.getRow(row)));
  const products = part(features).mmul(weights.mmul(part(actual).transpose()));
  const sum = (order: ArrayLike<number>): number => {
    let total = 0;
    for (let i = 0; i < rows.length; i++) total += products.get(order[i], i);
    return total;
  };
  const observed = sum(Int32Array.from(rows.keys()));
  let asLarge = 0;
  for (let shuffle = 0; shuffle < SHUFFLES; shuffle++) {
    if (sum(permutation(seedKey(0), SHUFFLE_STREAM, shuffle, rows.length)) >= observed) asLarge++;
  }
  return (1 + asLarge) / (1 + SHUFFLES);
}

/** Returns the maximum absolute value of every column. */
function maxAbsValues(modality: Modality, rows: Int32Array): Float64Array {
  const maxAbs = new Float64Array(modality.columns.length);
  const positions = positionsOf(modality.regularArray);
  for (const row of rows) {
    const { values } = selectSubjects(modality, maxAbs.length * positions, Int32Array.of(row));
    values.forEach((value, at) => {
      const column = Math.floor(at / positions);
      maxAbs[column] = Math.max(maxAbs[column], Math.abs(value));
    });
  }
  return maxAbs;
}

function outliersOf({ modalities, split }: Dataset): QualityFigures['outliers'] {
  const outliers = modalities.flatMap((modality) =>
    (['validation', 'test'] as const).flatMap((name) => {
      const maxAbs = maxAbsValues(modality, split[name]);
      return modality.columns.flatMap((column, c) =>
        maxAbs[c] > OUTLIER ? [{ modality: modality.name, column: column.name, split: name, sd: maxAbs[c] }] : [],
      );
    }),
  );
  return outliers.sort((a, b) => b.sd - a.sd);
}
