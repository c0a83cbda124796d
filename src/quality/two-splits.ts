// Columns of some modalities for training and held-out subjects, and the share of their variance that a prediction
// explains.

import type { Matrix } from 'ml-matrix';
import type { Dataset } from '../data/dataset.js';
import { centredMatrix, columnMeans, leastSquares } from '../linear/index.js';
import { pooledR2, type Samples } from '../metrics/index.js';
import { filled, observedMeans, observedShares, tableOf, type Table } from './tables.js';

export interface PerSplit<T> {
  readonly train: T;
  readonly heldOut: T;
}

/** Features minus their training means; their product with the weights predicts the columns minus their means. */
export interface ReadOut {
  readonly features: PerSplit<Matrix>;
  readonly weights: Matrix;
}

/** Columns of some modalities for the training and held-out subjects. */
export class TwoSplits {
  readonly train: Table;
  readonly heldOut: Table;
  /** Training means of the observed values. */
  readonly centre: readonly number[];

  constructor({ modalities }: Dataset, members: readonly number[], rows: PerSplit<Int32Array>) {
    const chosen = members.map((m) => modalities[m]);
    this.train = tableOf(chosen, rows.train);
    this.heldOut = tableOf(chosen, rows.heldOut);
    this.centre = observedMeans(this.train);
  }

  /** Returns the values with training means for missing ones. */
  filled(split: keyof PerSplit<unknown>): Samples {
    return filled(this[split], this.centre);
  }

  /** Returns the values minus the training means; 0 for missing ones. */
  centred(split: keyof PerSplit<unknown>): Matrix {
    return centredMatrix(this.filled(split), this.centre);
  }

  /** Returns R² of predictions. */
  shares(predicted: PerSplit<Samples>): PerSplit<number | null> {
    const share = ({ samples, observed }: Table, of: Samples) => pooledR2(samples, of, this.centre, observed);
    return { train: share(this.train, predicted.train), heldOut: share(this.heldOut, predicted.heldOut) };
  }

  /** Returns R² of centred predictions, that is without the training means. */
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
   * Returns the prediction of these columns from features of the same subjects, by least squares on the training
   * subjects. Products of features and a column are sums over its observed values, and are scaled up to all subjects.
   */
  readOutOf(features: PerSplit<Samples>): ReadOut {
    const centre = columnMeans(features.train);
    const [train, heldOut] = [centredMatrix(features.train, centre), centredMatrix(features.heldOut, centre)];
    const weights = leastSquares(train, this.centred('train')).divRowVector(observedShares(this.train));
    return { features: { train, heldOut }, weights };
  }
}
