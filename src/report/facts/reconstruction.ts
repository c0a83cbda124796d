// Explained variance of columns by latents and private noises, in training and held-out subjects.

import type { Dataset } from '../../data/dataset.js';
import { positionsOf, valuesPerSubject } from '../../data/regular-array.js';
import { isSize } from '../../data/kinds.js';
import { block, pooledR2, selectRows } from '../../metrics/index.js';
import { heldOutSplit, observedMeans, tableOf } from '../../quality/index.js';

export interface Reconstruction {
  /** Split of the held-out subjects: test, or validation if the test split is empty. */
  readonly split: 'test' | 'validation';
  readonly subjects: number;
  /** R² of x̂ about the training means (for images and series, those of each position); null if undefined. */
  readonly modalities: readonly {
    readonly name: string;
    /** R² of all columns together. */
    readonly train: number | null;
    readonly heldOut: number | null;
    /** R² of each column in held-out subjects. */
    readonly columns: readonly { readonly name: string; readonly r2: number | null }[];
  }[];
}

/**
 * Computes R².
 * @param dataset in the model's units, so that training means are 0
 * @param reconstruction x̂, rows × Σ columns
 */
export function reconstruction({ ids, modalities, split }: Dataset, reconstruction: Float32Array): Reconstruction {
  const measured = heldOutSplit(split);
  const width = modalities.reduce((sum, modality) => sum + valuesPerSubject(modality), 0);
  let first = 0;
  const byModality = modalities.map((modality) => {
    const { name, columns, regularArray } = modality;
    const [from, positions] = [first, positionsOf(regularArray)];
    first += valuesPerSubject(modality);
    const tables = (rows: Int32Array) => {
      const xHat = selectRows({ values: reconstruction, rows: ids.length, columns: width }, rows);
      return { ...tableOf([modality], rows), xHat: block(xHat, from, first) };
    };
    const [train, heldOut] = [tables(split.train), tables(split[measured])];
    // A channel is standardised as a whole, so its positions have different means.
    const means = regularArray ? observedMeans(train) : new Float64Array(first - from);
    return {
      name,
      train: pooledR2(train.samples, train.xHat, means, train.observed),
      heldOut: pooledR2(heldOut.samples, heldOut.xHat, means, heldOut.observed),
      columns: columns.flatMap((scale, c) => {
        if (isSize(scale.kind)) return [];
        const { samples, xHat, observed } = heldOut;
        const mask = observed?.filter((_, at) => Math.floor(at / positions) % columns.length === c);
        const centre = means.slice(c * positions, (c + 1) * positions);
        const ofColumn = (table: typeof samples) => block(table, c * positions, (c + 1) * positions);
        return [{ name: scale.name, r2: pooledR2(ofColumn(samples), ofColumn(xHat), centre, mask) }];
      }),
    };
  });
  return { split: measured, subjects: split[measured].length, modalities: byModality };
}
