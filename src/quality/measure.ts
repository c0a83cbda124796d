// How good a fit is, on training subjects and on held-out ones beside each other, and beside linear methods.

import { setImmediate } from 'node:timers/promises';
import { Matrix } from 'ml-matrix';
import type { Dataset } from '../data/dataset.js';
import { centredMatrix, columnMeans, leastSquares, linearMethods, type LinearMethod } from '../linear/index.js';
import { block, pooledR2, type Samples } from '../metrics/index.js';
import { permutation, seedKey } from '../random/streams.js';
import type { ModalityQuality, QualityFigures } from './schema.js';
import { measuredRows, spreadOver, tableOf, type MeasuredRows, type Table } from './tables.js';

/** What a model makes of some subjects. */
export interface ModelReading {
  /** Posterior means, rows × latents of all modalities. */
  readonly latents: Samples;
  /** x̂, standardised, rows × columns of all modalities. */
  readonly reconstruction: Samples;
}

/** Training sd between a column's mean and a value from which on it counts as an outlier. */
const OUTLIER = 20;
/** Shuffles of held-out subjects, and the most of these that are shuffled. */
const SHUFFLES = 199;
const MOST_SHUFFLED = 512;
/** Stream of the shuffles. */
const SHUFFLE_STREAM = 0x30002;
/** Multiplications that a modality's principal components may take, about. */
const COMPONENT_WORK = 4e9;
/** Columns, 100 at most of each modality, from which on linear methods are left out: their time grows with the cube. */
const MOST_COLUMNS = 1000;

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
  const train = await read(rows.train);
  const heldOut = await read(rows.heldOut);
  const methods = await linearMethodsOf(dataset, rows.train, signal);
  const modalities: ModalityQuality[] = [];
  let [column, latent] = [0, 0];
  for (const [m, { name, columns, latents }] of dataset.modalities.entries()) {
    await setImmediate();
    signal?.throwIfAborted();
    const ownColumns = (all: Samples) => block(all, column, column + columns.length);
    const ownLatents = (all: Samples) => block(all, latent, latent + latents);
    const own = new TwoParts(dataset, [m], rows);
    const others = new TwoParts(
      dataset,
      [...dataset.modalities.keys()].filter((i) => i !== m),
      rows,
    );
    const z = { train: ownLatents(train.latents), heldOut: ownLatents(heldOut.latents) };
    modalities.push({
      name,
      own: own.shares({ train: ownColumns(train.reconstruction), heldOut: ownColumns(heldOut.reconstruction) }),
      others: throughNumbers(z, others),
      linear: methods[m].map((method) => linearQuality(method, own, others)).sort(byHeldOut),
    });
    column += columns.length;
    latent += latents;
  }
  const heldOutSubjects = dataset.split[rows.part].length;
  return {
    train: rows.train.length,
    heldOut: { part: rows.part, subjects: heldOutSubjects },
    modalities,
    outliers: outliersOf(dataset),
  };
}

interface PerPart<T> {
  readonly train: T;
  readonly heldOut: T;
}

/** Some modalities' columns of the training and held-out subjects. */
class TwoParts {
  readonly train: Table;
  readonly heldOut: Table;
  /** Training means. */
  readonly centre: readonly number[];

  constructor({ modalities }: Dataset, members: readonly number[], rows: MeasuredRows) {
    const chosen = members.map((m) => modalities[m]);
    this.train = tableOf(chosen, rows.train);
    this.heldOut = tableOf(chosen, rows.heldOut);
    this.centre = columnMeans(this.train.samples);
  }

  centred(part: keyof PerPart<unknown>): Matrix {
    return centredMatrix(this[part].samples, this.centre);
  }

  /** R² of predictions. */
  shares(predicted: PerPart<Samples>): PerPart<number | null> {
    const share = ({ samples, observed }: Table, of: Samples) => pooledR2(samples, of, this.centre, observed);
    return { train: share(this.train, predicted.train), heldOut: share(this.heldOut, predicted.heldOut) };
  }

  /** R² of predictions that are given less the training means. */
  sharesOfCentred(predicted: PerPart<Matrix>): PerPart<number | null> {
    const whole = (matrix: Matrix): Samples => {
      const { rows, columns } = matrix.addRowVector([...this.centre]);
      return { values: Float64Array.from(matrix.to1DArray()), rows, columns };
    };
    return this.shares({ train: whole(predicted.train), heldOut: whole(predicted.heldOut) });
  }
}

/** The others' columns from a modality's numbers, by least squares on the training subjects. */
function throughNumbers(numbers: PerPart<Samples>, others: TwoParts): ModalityQuality['others'] {
  const centre = columnMeans(numbers.train);
  const [train, heldOut] = [centredMatrix(numbers.train, centre), centredMatrix(numbers.heldOut, centre)];
  const readOut = leastSquares(train, others.centred('train'));
  const predicted = { train: train.mmul(readOut), heldOut: heldOut.mmul(readOut) };
  const p = shuffledP(predicted.heldOut, others.centred('heldOut'));
  return { ...others.sharesOfCentred(predicted), p };
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

/** Of every modality; none where there are too many columns in all. */
async function linearMethodsOf(
  { modalities }: Dataset,
  train: Int32Array,
  signal: AbortSignal | undefined,
): Promise<LinearMethod[][]> {
  const columns = modalities.reduce((sum, modality) => sum + Math.min(100, modality.columns.length), 0);
  if (columns > MOST_COLUMNS) return modalities.map(() => []);
  const widest = Math.max(...modalities.map((modality) => modality.columns.length));
  const most = Math.max(COMPONENT_WORK / widest ** 2, Math.min(widest, Math.sqrt(COMPONENT_WORK / widest)));
  const rows = spreadOver(train, Math.floor(most));
  return linearMethods(
    modalities.map((modality) => tableOf([modality], rows).samples),
    modalities.map(({ latents }) => latents),
    signal,
  );
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
