// How good a fit is, on training subjects and on held-out ones beside each other, and beside linear methods.

import { setImmediate } from 'node:timers/promises';
import { Matrix } from 'ml-matrix';
import type { Dataset } from '../data/dataset.js';
import type { LinearMethod } from '../linear/index.js';
import type { Samples } from '../metrics/index.js';
import { permutation, seedKey } from '../random/streams.js';
import type { ModalityQuality, QualityFigures } from './schema.js';
import { linearMethodsOf } from './linear-methods.js';
import { modalityParts, type ModelReading } from './modality-parts.js';
import { measuredRows, spreadOver } from './tables.js';
import type { PerPart, TwoParts } from './two-parts.js';

/** Training sd between a column's mean and a value from which on it counts as an outlier. */
const OUTLIER = 20;
/** Shuffles of held-out subjects, and the most of these that are shuffled. */
const SHUFFLES = 199;
const MOST_SHUFFLED = 512;
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
  const choosing = measuredRows(dataset, 'validation');
  const choosingReading = { train: reading.train, heldOut: await read(choosing.heldOut) };
  const validation = modalityParts(dataset, choosing);
  const methods = await linearMethodsOf(dataset, rows.train, signal);
  const modalities: ModalityQuality[] = [];
  for (const [m, { own, others, columnsOf, latentsOf }] of modalityParts(dataset, rows).entries()) {
    await setImmediate();
    signal?.throwIfAborted();
    modalities.push({
      name: dataset.modalities[m].name,
      own: own.shares(columnsOf(reading)),
      others: throughNumbers(
        { numbers: latentsOf(reading), columns: others },
        { numbers: latentsOf(choosingReading), columns: validation[m].others },
      ),
      linear: methods[m].map((method) => linearQuality(method, own, others)).sort(byHeldOut),
    });
  }
  const heldOutSubjects = dataset.split[rows.part].length;
  return {
    train: rows.train.length,
    heldOut: { part: rows.part, subjects: heldOutSubjects },
    modalities,
    outliers: outliersOf(dataset),
  };
}

/** Numbers of a modality and the columns that they predict. */
interface Predictor {
  readonly numbers: PerPart<Samples>;
  readonly columns: TwoParts;
}

/**
 * The others' columns from a modality's numbers, and how often shuffled numbers do as well. Numbers that were trained
 * on the subjects of the read-out promise too much: validation subjects say how far it is shrunk.
 */
function throughNumbers({ numbers, columns }: Predictor, validation: Predictor): ModalityQuality['others'] {
  const chosen = validation.columns.predictedFrom(validation.numbers).heldOut;
  const factor = shrinkage(chosen, validation.columns.centred('heldOut'));
  const predicted = columns.predictedFrom(numbers);
  const shrunk = { train: predicted.train.mul(factor), heldOut: predicted.heldOut.mul(factor) };
  const p = shuffledP(shrunk.heldOut, columns.centred('heldOut'));
  return { ...columns.sharesOfCentred(shrunk), p };
}

/** The factor in 0 … 1 by which predictions come nearest. */
function shrinkage(predicted: Matrix, actual: Matrix): number {
  const square = Matrix.mul(predicted, predicted).sum();
  return square > 0 ? Math.min(1, Math.max(0, Matrix.mul(predicted, actual).sum() / square)) : 1;
}

function linearQuality(
  { name, setting, weights, readOut }: LinearMethod,
  own: TwoParts,
  others: TwoParts,
): ModalityQuality['linear'][number] {
  const predict = (part: 'train' | 'heldOut') => own.centred(part).mmul(weights).mmul(readOut);
  return {
    method: name,
    setting,
    ...others.sharesOfCentred({ train: predict('train'), heldOut: predict('heldOut') }),
  };
}

function byHeldOut(a: PerPart<number | null>, b: PerPart<number | null>): number {
  return (b.heldOut ?? -Infinity) - (a.heldOut ?? -Infinity);
}

/**
 * Share of the shuffles in which Σ ŷ·y is as large: sizes of predictions and values do not change when subjects are
 * shuffled, so this is the order of the residuals.
 */
function shuffledP(predicted: Matrix, actual: Matrix): number {
  const rows = spreadOver(
    Int32Array.from({ length: actual.rows }, (_, i) => i),
    MOST_SHUFFLED,
  );
  const part = (matrix: Matrix) => new Matrix(Array.from(rows, (row) => matrix.getRow(row)));
  const products = part(predicted).mmul(part(actual).transpose());
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

function outliersOf({ modalities, split }: Dataset): QualityFigures['outliers'] {
  const found = modalities.flatMap(({ name, columns, values }) =>
    (['validation', 'test'] as const).flatMap((part) =>
      columns.flatMap((column, c) => {
        const sd = split[part].reduce((most, row) => Math.max(most, Math.abs(values[row * columns.length + c])), 0);
        return sd > OUTLIER ? [{ modality: name, column: column.name, part, sd }] : [];
      }),
    ),
  );
  return found.sort((a, b) => b.sd - a.sd);
}
