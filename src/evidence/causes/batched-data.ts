// Batches of a data set whose shift other modalities may share.

import { isBatch } from '../../data/batch-causes.js';
import { withBatchEffects } from '../../data/batches.js';
import type { Dataset } from '../../data/dataset.js';

/** Returns the columns of batches; none if there is no second modality to compare with, or if a
 * cause is the same. */
export function batchColumns({ modalities, causes = [] }: Pick<Dataset, 'modalities' | 'causes'>): string[] {
  const columns = modalities.flatMap((modality) => {
    const { batches, batchPositions } = modality;
    return batches && batchPositions && !causes.some((cause) => isBatch(cause, modality)) ? [batches.column] : [];
  });
  return modalities.length > 1 ? [...new Set(columns)] : [];
}

/** Returns the data set with the effects of some batches on the values, which the reader had removed. */
export function withBatchesOf(dataset: Dataset, column: string): Dataset {
  const modalities = dataset.modalities.map((modality) => {
    const { batches, batchPositions, values, columns, observed } = modality;
    if (batches?.column !== column || !batchPositions) return modality;
    const shifted = withBatchEffects(values, columns, batchPositions);
    // Missing values stay 0.
    return { ...modality, values: observed ? shifted.map((value, at) => value * observed[at]) : shifted };
  });
  return { ...dataset, modalities };
}
