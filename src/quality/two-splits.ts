// Columns of some modalities, of training subjects and of held-out ones, and what part of their variance a prediction
// reaches.

import type { Matrix } from 'ml-matrix';
import type { Dataset } from '../data/dataset.js';
import { centredMatrix, columnMeans, leastSquares } from '../linear/index.js';
import { pooledR2, type Samples } from '../metrics/index.js';
import { filled, observedMeans, observedShares, tableOf, type Table } from './tables.js';

export interface PerSplit<T> {
  readonly train: T;
  readonly heldOut: T;
}

/** Numbers less their training means, whose products with the weights are the columns less theirs. */
export interface ReadOut {
  readonly numbers: PerSplit<Matrix>;
  readonly weights: Matrix;
}

/** Some modalities' columns of the training and held-out subjects. */
export class TwoSplits {
  readonly train: Table;
  readonly heldOut: Table;
  /** Training means of what was observed. */
  readonly centre: readonly number[];

  constructor({ modalities }: Dataset, members: readonly number[], rows: PerSplit<Int32Array>) {
    const chosen = members.map((m) => modalities[m]);
    this.train = tableOf(chosen, rows.train);
    this.heldOut = tableOf(chosen, rows.heldOut);
    this.centre = observedMeans(this.train);
  }

  /** With the training means where a value is missing. */
  filled(split: keyof PerSplit<unknown>): Samples {
    return filled(this[split], this.centre);
  }

  /** Less the training means; 0 where a value is missing. */
  centred(split: keyof PerSplit<unknown>): Matrix {
    return centredMatrix(this.filled(split), this.centre);
  }

  /** R² of predictions. */
  shares(predicted: PerSplit<Samples>): PerSplit<number | null> {
    const share = ({ samples, observed }: Table, of: Samples) => pooledR2(samples, of, this.centre, observed);
    return { train: share(this.train, predicted.train), heldOut: share(this.heldOut, predicted.heldOut) };
  }

  /** R² of predictions that are given less the training means. */
  sharesOfCentred(predicted: PerSplit<Matrix>): PerSplit<number | null> {
    const whole = (matrix: Matrix): Samples => {
      const { rows, columns } = matrix;
      const values = new Float64Array(rows * columns);
      for (let i = 0; i < values.length; i++) {
        const column = i % columns;
        values[i] = matrix.get(Math.floor(i / columns), column) + this.centre[column];
      }
      return { values, rows, columns };
    };
    return this.shares({ train: whole(predicted.train), heldOut: whole(predicted.heldOut) });
  }

  /**
   * These columns from numbers of the same subjects, by least squares on the training subjects. A column's products
   * with the numbers are sums over its observed values, and are brought to those of all subjects.
   */
  readOutOf(numbers: PerSplit<Samples>): ReadOut {
    const centre = columnMeans(numbers.train);
    const [train, heldOut] = [centredMatrix(numbers.train, centre), centredMatrix(numbers.heldOut, centre)];
    const weights = leastSquares(train, this.centred('train')).divRowVector(observedShares(this.train));
    return { numbers: { train, heldOut }, weights };
  }
}
