// How good a fit is, on training subjects and on held-out ones beside each other, and beside linear methods.

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
import { trustedWeights, type LinearNumbers, type ValidationSubjects } from './read-out.js';
import { measuredRows, spreadOver } from './tables.js';
import type { PerSplit, TwoSplits } from './two-splits.js';

/** Training sd between a column's mean and a value from which on it counts as an outlier. */
const OUTLIER = 20;
/** Shuffles of held-out subjects, and the most of these that are shuffled. */
const SHUFFLES = 199;
const MAX_SHUFFLED = 512;
/** Fewer validation subjects cannot say how far a read-out is to be shrunk. */
const MIN_SHRINKING = 10;
/** Stream of the shuffles. */
const SHUFFLE_STREAM = 0x30002;

/**
 * @param read latents and reconstructions of rows of the data set
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
    const { own, columnsOf, relation } = partsOf(dataset, rows, m, MIN_BOTH);
    const both = {
      train: withAnother(dataset, rows.train, m).length,
      heldOut: withAnother(dataset, rows.heldOut, m).length,
    };
    const linear = relation ? methods[m].map((method) => linearNumbers(method, relation)) : [];
    const isWhole = both.train === rows.train.length && both.heldOut === rows.heldOut.length;
    modalities.push({
      name: dataset.modalities[m].name,
      ...(!isWhole && { both }),
      own: own.shares(columnsOf(reading)),
      others: relation ? throughNumbers(predictorOf(relation, reading), linear, shrinking?.(m)) : UNKNOWN,
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

/** Numbers of a modality and the columns that they predict. */
interface Predictor extends Pick<Relation, 'repetitions'> {
  readonly numbers: PerSplit<Samples>;
  readonly columns: TwoSplits;
}

/** The others' columns where too few subjects have the modality and one of them. */
const UNKNOWN = { train: null, heldOut: null, p: 1 };

function predictorOf({ others, latentsOf, repetitions }: Relation, reading: PerSplit<ModelReading>): Predictor {
  return { numbers: latentsOf(reading), columns: others, repetitions };
}

/** By modality, validation subjects to shrink a read-out by; nothing where they are too few to say. */
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

/** The others' columns from a modality's numbers, and how often shuffled numbers do as well. */
function throughNumbers(
  { numbers, columns, repetitions }: Predictor,
  linear: readonly LinearNumbers[],
  validation: Predictor | undefined,
): ModalityQuality['others'] {
  const readOut = columns.readOutOf(numbers);
  const counted = (matrix: Matrix) => (repetitions ? meansOf(matrix, repetitions) : matrix);
  const p = shuffledP(counted(readOut.numbers.heldOut), readOut.weights, counted(columns.centred('heldOut')));
  const weights = trustedWeights(readOut, linear, validation && validationOf(validation));
  const predicted = (split: 'train' | 'heldOut') => readOut.numbers[split].mmul(weights);
  return { ...columns.sharesOfCentred({ train: predicted('train'), heldOut: predicted('heldOut') }), p };
}

function validationOf({ numbers, columns }: Predictor): ValidationSubjects {
  return { numbers: columns.readOutOf(numbers).numbers.heldOut, columns };
}

/** The numbers of a linear method, of the training subjects. */
function linearNumbers({ weights, readOut }: LinearMethod, { own }: Relation): LinearNumbers {
  return { numbers: own.centred('train').mmul(weights), weights: readOut };
}

function linearQuality(
  { name, setting, weights, readOut }: LinearMethod,
  { own, others }: Relation,
): ModalityQuality['linear'][number] {
  const predict = (split: 'train' | 'heldOut') => own.centred(split).mmul(weights).mmul(readOut);
  return {
    method: name,
    setting,
    ...others.sharesOfCentred({ train: predict('train'), heldOut: predict('heldOut') }),
  };
}

function byHeldOut(a: PerSplit<number | null>, b: PerSplit<number | null>): number {
  return (b.heldOut ?? -Infinity) - (a.heldOut ?? -Infinity);
}

/** A row for each group: the mean of its rows. */
function meansOf(matrix: Matrix, groups: readonly (readonly number[])[]): Matrix {
  return new Matrix(groups.map((rows) => matrix.subMatrixRow([...rows]).mean('column')));
}

/**
 * Share of the shuffles in which Σ ŷ·y is as large: sizes of predictions and values do not change when subjects are
 * shuffled, so this is the order of the residuals. Predictions ŷ are few numbers times weights, which are multiplied
 * with the values first: there may be as many columns as pixels.
 */
function shuffledP(numbers: Matrix, weights: Matrix, actual: Matrix): number {
  const rows = spreadOver(
    Int32Array.from({ length: actual.rows }, (_, i) => i),
    MAX_SHUFFLED,
  );
  const part = (matrix: Matrix) => new Matrix(Array.from(rows, (row) => matrix.getRow(row)));
  const products = part(numbers).mmul(weights.mmul(part(actual).transpose()));
  const sum = (order: ArrayLike<number>): number => {
    let total = 0;
    for (let i = 0; i < rows.length; i++) total += products.get(order[i], i);
    return total;
  };
  const found = sum(Int32Array.from(rows.keys()));
  let asLarge = 0;
  for (let shuffle = 0; shuffle < SHUFFLES; shuffle++) {
    if (sum(permutation(seedKey(0), SHUFFLE_STREAM, shuffle, rows.length)) >= found) asLarge++;
  }
  return (1 + asLarge) / (1 + SHUFFLES);
}

/** Of every column, without their signs. */
function largestValues(modality: Modality, rows: Int32Array): Float64Array {
  const largest = new Float64Array(modality.columns.length);
  const positions = positionsOf(modality.regularArray);
  for (const row of rows) {
    const { values } = selectSubjects(modality, largest.length * positions, Int32Array.of(row));
    values.forEach((value, at) => {
      const column = Math.floor(at / positions);
      largest[column] = Math.max(largest[column], Math.abs(value));
    });
  }
  return largest;
}

function outliersOf({ modalities, split }: Dataset): QualityFigures['outliers'] {
  const found = modalities.flatMap((modality) =>
    (['validation', 'test'] as const).flatMap((name) => {
      const largest = largestValues(modality, split[name]);
      return modality.columns.flatMap((column, c) =>
        largest[c] > OUTLIER ? [{ modality: modality.name, column: column.name, split: name, sd: largest[c] }] : [],
      );
    }),
  );
  return found.sort((a, b) => b.sd - a.sd);
}
