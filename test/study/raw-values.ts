// Inverts the standardisation of a data set.

import type { Dataset } from '../../src/data/dataset.js';

/** Returns the values of a column in its unit, in the order of the subjects. */
export function rawValues(dataset: Dataset, modality: string, column: string): number[] {
  const { columns, values } = dataset.modalities.find(({ name }) => name === modality)!;
  const at = columns.findIndex(({ name }) => name === column);
  const { log, offset, mean, sd } = columns[at];
  return dataset.ids.map((_, row) => {
    const value = values[row * columns.length + at] * sd + mean;
    return log ? Math.exp(value) - offset : value;
  });
}
